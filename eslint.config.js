import stylistic from '@stylistic/eslint-plugin';
import tseslint from 'typescript-eslint';
import {docRules} from './scripts/doc-rules.js';
import {importRules} from './scripts/import-rules.js';

/**
 * The rooms of src/, top to bottom. A room may import from the rooms in later rows, never from its own row's neighbours
 * or from above (docs/architecture.md says what each room knows).
 */
const ROWS = [
  ['cli'],
  ['runs'],
  ['project'],
  ['analyze'],
  ['execute', 'slurm'],
  ['plan'],
  ['config'],
  ['optimize', 'suite'],
  ['conversation', 'schedule', 'backend'],
  ['record'],
  ['questions'],
  ['core'],
];

/** Folders that compute and touch nothing: no disk, no network, no process. */
const PURE_FOLDERS = ['plan', 'conversation', 'schedule', 'analyze/statistics', 'analyze/metrics'];

const EFFECTS = [
  {selector: "MemberExpression[object.name='process'][property.name='exit']", message: 'Return an exit code instead.'},
  {selector: 'ExportDefaultDeclaration', message: 'Named exports only.'},
];

/** Forbids Node's modules in the folders that compute only. */
const pureFolders = PURE_FOLDERS.map(folder => ({
  files: [`src/${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {patterns: [{regex: '^node:', message: `${folder}/ is pure: pass what it needs as an argument.`}]},
    ],
  },
}));

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      'node_modules/**',
      'bookkeeping/**',
      'experiment/**',
      'coverage/**',
      'config/**/*.mjs',
      'results/**',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    plugins: {'@stylistic': stylistic, rooms: {rules: {imports: importRules}}, docs: {rules: {opening: docRules}}},
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
      '@stylistic/max-len': ['error', {code: 1000, comments: 120, ignoreUrls: true, ignorePattern: 'eslint-disable'}],
      'rooms/imports': ['error', ROWS],
      'docs/opening': 'error',
    },
  },
  ...pureFolders,
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
    // Files of users: a suite is the default export of its file, and entries print.
    files: ['config/**/*.ts'],
    rules: {'no-restricted-syntax': 'off', 'no-console': 'off'},
  },
  {
    files: ['**/*.js', '*.config.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: {'no-restricted-syntax': 'off', 'no-console': 'off'},
  },
);
