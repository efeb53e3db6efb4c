import tseslint from 'typescript-eslint';

/**
 * The rooms of src/, top to bottom. A room may import from the rooms in later rows, never from its own row's neighbours
 * or from above (docs/architecture.md says what each room knows).
 */
const ROWS = [
  ['cli'],
  ['view', 'analyze'],
  ['execute', 'slurm'],
  ['plan'],
  ['config'],
  ['conversation', 'schedule', 'backend'],
  ['record'],
  ['questions'],
  ['core'],
];

/** Rooms that compute and touch nothing: no disk, no network, no process. */
const PURE_ROOMS = ['plan', 'conversation', 'schedule'];

/** Folders of a room that is not pure as a whole. */
const PURE_FOLDERS = {analyze: ['statistics', 'metrics']};

const EFFECTS = [
  {selector: "MemberExpression[object.name='process'][property.name='exit']", message: 'Return an exit code instead.'},
  {selector: 'ExportDefaultDeclaration', message: 'Named exports only.'},
];

function importDirection() {
  return ROWS.flatMap((row, level) =>
    row.flatMap(room => {
      const forbidden = ROWS.slice(0, level + 1)
        .flat()
        .filter(other => other !== room);
      const patterns = [];
      if (forbidden.length > 0) {
        patterns.push({
          regex: `^(\\.\\./)+(${forbidden.join('|')})/`,
          message: `${room}/ may not import from the rooms above or beside it.`,
        });
      }
      const pure = folder => ({regex: '^node:', message: `${folder}/ is pure: pass what it needs as an argument.`});
      if (PURE_ROOMS.includes(room)) patterns.push(pure(room));
      const restrict = (folder, rules) => ({
        files: [`src/${folder}/**/*.ts`],
        rules: {'no-restricted-imports': ['error', {patterns: rules}]},
      });
      const folders = (PURE_FOLDERS[room] ?? []).map(name => `${room}/${name}`);
      return [restrict(room, patterns), ...folders.map(folder => restrict(folder, [...patterns, pure(folder)]))];
    }),
  );
}

export default tseslint.config(
  {ignores: ['dist/**', 'node_modules/**', 'bookkeeping/**', 'experiment/**', 'coverage/**']},
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {projectService: {allowDefaultProject: ['*.js', 'bin/*.js', 'scripts/*.js']}},
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', {considerDefaultExhaustiveForUnions: true}],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true, allowBoolean: true}],
      '@typescript-eslint/no-confusing-void-expression': ['error', {ignoreArrowShorthand: true}],
      '@typescript-eslint/no-unused-vars': [
        'error',
        {varsIgnorePattern: '^_', argsIgnorePattern: '^_', ignoreRestSiblings: true},
      ],
      // Validated records keep their on-disk snake_case keys; index access on them is deliberate.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      'no-restricted-syntax': ['error', ...EFFECTS],
      'no-restricted-properties': [
        'error',
        {object: 'Date', property: 'now', message: 'Take a Clock.'},
        {object: 'Math', property: 'random', message: 'Take a Random.'},
      ],
      'no-console': 'error',
    },
  },
  ...importDirection(),
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      'no-restricted-properties': 'off',
      'no-console': 'off',
    },
  },
  {
    files: ['**/*.js', '*.config.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: {'no-restricted-syntax': 'off', 'no-console': 'off'},
  },
);
