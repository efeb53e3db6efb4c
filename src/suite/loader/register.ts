// Preloaded (`node --import`) after tsx by every process that runs a file of a suite: see loader.ts.
import {register} from 'node:module';

register(`./hooks${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
