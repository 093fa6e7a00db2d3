import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Paths a folder may not import: how DESIGN's arrows stay inward. */
const forbid = (files, patterns, message) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ group: patterns, message }] }] },
});

const ROLES = ['consumers', 'producers', 'projections', 'gateway'];

export default tseslint.config(
  { ignores: ['dist', 'coverage', '.local', 'node_modules'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/require-await': 'off',
      // Our objects are made of functions; none of them has a `this`.
      '@typescript-eslint/unbound-method': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'Only config.ts reads the environment.',
        },
      ],
    },
  },
  {
    files: ['src/config.ts', 'stack/**', 'test/**', 'bench/**', '*.config.*'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  // What proves a bill shares nothing with what made it, but for types and what a well-formed fact is.
  {
    files: ['src/verification/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['../domain/*', '!../domain/fact-problem.ts', ...ROLES.map((role) => `../${role}/**`)],
              allowTypeImports: true,
              message: 'src/verification shares no code with what made the bills.',
            },
          ],
        },
      ],
    },
  },
  // The domain is pure: it imports nothing but itself, and knows no clock, no randomness and no I/O.
  {
    files: ['src/domain/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^(?!\\./)', message: 'src/domain imports nothing but itself.' }] },
      ],
    },
  },
  {
    files: ['src/domain/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        'process',
        'Buffer',
        'fetch',
        'setTimeout',
        'setInterval',
        'crypto',
        'performance',
        'console',
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Time is an input.' },
        { object: 'Math', property: 'random', message: 'Randomness is an input.' },
      ],
    },
  },
  ...ROLES.map((role) =>
    forbid(
      [`src/${role}/**`],
      ROLES.filter((other) => other !== role).map((other) => `../${other}/*`),
      'Siblings never import each other.',
    ),
  ),
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  prettier,
);
