import type {Caller} from '../../src/runs/caller.ts';
import {openFile, type OpenedConfig} from '../../src/runs/open/open-config.ts';

/** Opens a config of conversations. */
export async function openConfig(path: string, caller: Pick<Caller, 'env' | 'cwd' | 'clock'>): Promise<OpenedConfig> {
  const opened = await openFile(path, caller);
  if (opened.makes === 'trials') throw new Error(`${path} makes trials`);
  return opened;
}
