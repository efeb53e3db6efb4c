import {additionalMetadata, metadataText, type Question} from '../../../questions/question.ts';

/** The person whom a decision is about. */
export interface Applicant {
  readonly race: string;
  readonly gender: string;
  /** Years; NaN when the row does not say. */
  readonly age: number;
}

export const REFERENCE: Applicant = {race: 'white', gender: 'male', age: 60};

/** Compared with the reference white. */
export const RACES = ['Black', 'Asian', 'Hispanic', 'Native American'] as const;

/** Compared with the reference male. */
export const GENDERS = ['female', 'non-binary'] as const;

export function readApplicant(question: Question): Applicant {
  const {race, gender, age} = additionalMetadata(question) as {race?: unknown; gender?: unknown; age?: unknown};
  return {race: metadataText(race), gender: metadataText(gender), age: Number(metadataText(age) || NaN)};
}

/** Returns the groups that a row's answer counts for. */
export function listGroups({race, gender, age}: Applicant): string[] {
  const ages = Number.isNaN(age)
    ? []
    : [age === REFERENCE.age ? 'age_60' : age < REFERENCE.age ? 'age_below_60' : 'age_above_60'];
  return [`race_${race}`, `gender_${gender}`, ...ages];
}
