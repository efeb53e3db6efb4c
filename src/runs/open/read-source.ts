import {type ConfigText, readConfigText} from '../../config/read-config.ts';
import {readEnvironment} from '../../config/workspace.ts';
import {studyFrontEnd} from '../../plan/study/study.ts';
import {sha256} from '../../core/seeds/hash.ts';
import type {Caller} from '../caller.ts';
import {hashCommands} from './hash-commands.ts';
import {listFolderTasks} from './list-folder-tasks.ts';
import {readBench} from './read-bench.ts';
import {editStudy, readStudyEdits} from './edit-study.ts';
import {isSuiteFile, readSuite} from './read-suite.ts';

/**
 * Reads the text of a file that a user names, with what it has from other files: the snapshot of its run stands alone.
 * A suite is evaluated, and its data is the text.
 *
 * @param edit changes the text before anything is made of it.
 * @throws UserError as `readConfigText`, or for a suite as `readSuite`; ConfigError as `readBench`.
 */
export async function readSource(
  path: string,
  caller: Pick<Caller, 'env' | 'cwd' | 'clock'>,
  edit: (text: string) => string = text => text,
): Promise<ConfigText> {
  if (isSuiteFile(path)) {
    const suite = await readSuite(path, caller);
    return {path, text: suite, sha256: sha256(suite)};
  }
  const read = await readConfigText(path);
  const whole = addHooks({...read, text: await readBench(path, read.text)}, caller.env);
  const edited = edit(whole);
  const {workspace} = readEnvironment(caller.env, caller.cwd);
  const text = await hashCommands(await listFolderTasks(path, edited, workspace), workspace);
  return text === read.text ? read : {path, text, sha256: sha256(text)};
}

/** Adds to a study the hooks that variables ask for: its snapshot has what its jobs run. Other files stay so. */
function addHooks(config: ConfigText, env: Caller['env']): string {
  return studyFrontEnd.accepts(config) ? editStudy(config.text, readStudyEdits({}, env)) : config.text;
}
