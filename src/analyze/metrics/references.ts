/** A source as reports cite it. */
export interface Reference {
  /** Authors, year and title; the list of references is sorted by it. */
  readonly text: string;
  /** Set in italics behind it: the journal, the proceedings, the publisher's title. */
  readonly work?: string;
  readonly rest?: string;
}

export const CAMERON_MILLER_2015: Reference = {
  text: "Cameron, A. C., & Miller, D. L. (2015). A practitioner's guide to cluster-robust inference.",
  work: 'Journal of Human Resources',
  rest: ', 50(2), 317–372.',
};

export const FIELD_WELSH_2007: Reference = {
  text: 'Field, C. A., & Welsh, A. H. (2007). Bootstrapping clustered data.',
  work: 'Journal of the Royal Statistical Society: Series B',
  rest: ', 69(3), 369–390.',
};

export const FRANCO_2019: Reference = {
  text: 'Franco, C., Little, R. J. A., Louis, T. A., & Slud, E. V. (2019). Comparative study of confidence intervals for proportions in complex sample surveys.',
  work: 'Journal of Survey Statistics and Methodology',
  rest: ', 7(3), 334–364.',
};

export const HOLM_1979: Reference = {
  text: 'Holm, S. (1979). A simple sequentially rejective multiple test procedure.',
  work: 'Scandinavian Journal of Statistics',
  rest: ', 6(2), 65–70.',
};

export const KORN_GRAUBARD_1998: Reference = {
  text: 'Korn, E. L., & Graubard, B. I. (1998). Confidence intervals for proportions with small expected number of positive counts estimated from survey data.',
  work: 'Survey Methodology',
  rest: ', 24(2), 193–201.',
};

export const KORN_GRAUBARD_1999: Reference = {
  text: 'Korn, E. L., & Graubard, B. I. (1999).',
  work: 'Analysis of health surveys',
  rest: '. Wiley.',
};

export const MILLER_2024: Reference = {
  text: 'Miller, E. (2024). Adding error bars to evals: A statistical approach to language model evaluations. arXiv:2411.00640.',
};

export const PARRISH_2022: Reference = {
  text: 'Parrish, A., Chen, A., Nangia, N., Padmakumar, V., Phang, J., Thompson, J., Htut, P. M., & Bowman, S. R. (2022). BBQ: A hand-built bias benchmark for question answering.',
  work: 'Findings of the Association for Computational Linguistics: ACL 2022',
  rest: ', 2086–2105. arXiv:2110.08193.',
};

export const TAMKIN_2023: Reference = {
  text: 'Tamkin, A., Askell, A., Lovitt, L., Durmus, E., Joseph, N., Kravec, S., Nguyen, K., Kaplan, J., & Ganguli, D. (2023). Evaluating and mitigating discrimination in language model decisions. arXiv:2312.03689.',
};

export const WANG_2025: Reference = {
  text: 'Wang, A., Phan, M., Ho, D. E., & Koyejo, S. (2025). Fairness through difference awareness: Measuring desired group discrimination in LLMs.',
  work: 'Proceedings of ACL 2025',
  rest: '. arXiv:2502.01926.',
};

export const WILSON_1927: Reference = {
  text: 'Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.',
  work: 'Journal of the American Statistical Association',
  rest: ', 22(158), 209–212.',
};

export const WOODRUFF_1971: Reference = {
  text: 'Woodruff, R. S. (1971). A simple method for approximating the variance of a complicated estimate.',
  work: 'Journal of the American Statistical Association',
  rest: ', 66(334), 411–414.',
};
