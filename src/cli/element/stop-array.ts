import type {CommandIo} from '../io.ts';
import type {ElementJob} from './element-job.ts';

export async function stopArrayIfAlike(_job: ElementJob, _io: CommandIo): Promise<void> {
  await Promise.resolve();
}
