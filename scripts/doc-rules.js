// ESLint's rule for doc comments: they begin with a verb or name a thing, never with a noun clause (CONTRIBUTING.md).
const NOUN_CLAUSE = /^\*\s*\*?\s*(What|Whether|How|Which|Who|Where|Why|When)\b/;

export const docRules = {
  meta: {type: 'suggestion', schema: []},
  create: context => ({
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        const [, word] = (comment.type === 'Block' && NOUN_CLAUSE.exec(comment.value)) || [];
        if (word)
          context.report({loc: comment.loc, message: `Begin with a verb (Returns, Reads, …), not with "${word}".`});
      }
    },
  }),
};
