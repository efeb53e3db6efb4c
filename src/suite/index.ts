// The public library `mac/suite`: everything that the files of a suite import.
export {z} from 'zod';

export {defineConfig} from './config/define-config.ts';
export type {ConfigDefinition, ConfigValue} from './config/define-config.ts';
export {crossCases} from './cross-cases.ts';
export {defineSuite} from './define-suite.ts';
export type {Case, Suite, SuiteOptions} from './define-suite.ts';
export {defineEntry} from './entry/define-entry.ts';
export type {EntryContext} from './entry/context.ts';
export {SuiteError} from './suite-error.ts';
