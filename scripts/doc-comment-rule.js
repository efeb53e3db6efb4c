// ESLint's rule for how a doc comment begins: with a verb that says what the thing does, not with a noun clause.
const NOUN_CLAUSE = /^\*\s*(?:What|Whether|How|Who|Whom|Whose|Where|When|Why|Which)\b/;

export const docCommentRule = {
  meta: {type: 'suggestion', schema: []},
  create: context => ({
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        if (comment.type !== 'Block' || !NOUN_CLAUSE.test(comment.value)) continue;
        context.report({loc: comment.loc, message: 'Begin with a verb or a noun: "Returns …", "Reads …", "The number of …".'});
      }
    },
  }),
};
