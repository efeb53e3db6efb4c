import {relative} from 'node:path';

import {UserError} from '../../core/errors.ts';
import {count} from '../../core/text/amounts.ts';
import type {TrialPlan} from '../../plan/trial-plan.ts';
import {findChangedCases, findVanishedCases} from '../../project/suite/compare-configs.ts';
import type {Layout} from '../../record/layout.ts';
import type {Caller} from '../caller.ts';

const MAX_SHOWN = 20;

/**
 * Checks that a suite may go on in the folder of an earlier run, and notes cases that it does not have any more.
 *
 * @param options.indices cases that are to run.
 * @throws UserError `suite-resume` when the folder is of another suite, or the mode is Inspect's; `suite-changed` when
 * configs differ from those that the run began with.
 */
export async function refuseChangedSuite(
  {
    layout,
    plan,
    folder,
    allowConfigChange,
    indices,
  }: {
    readonly layout: Layout;
    readonly plan: TrialPlan;
    readonly folder: string;
    readonly allowConfigChange: boolean;
    readonly indices: readonly number[];
  },
  caller: Pick<Caller, 'onNotice'>,
): Promise<void> {
  if (plan.details['mode'] === 'inspect') {
    throw new UserError('suite-resume', `${plan.name}: a suite in Inspect mode cannot be resumed`, {
      hint: 'its cases share one folder: run it again, or choose cases with --only variant=…',
    });
  }
  const place = relative(layout.workspace, folder);
  if (place !== plan.set.folder) {
    throw new UserError('suite-resume', `--resume ${folder}: found no folder of a run of this suite there`, {
      hint: `its runs are in ${layout.workspace}/results/${String(plan.details['name'])}`,
    });
  }
  const vanished = await findVanishedCases(layout, plan);
  if (vanished.length > 0) {
    const names = [...vanished.slice(0, MAX_SHOWN), ...(vanished.length > MAX_SHOWN ? ['…'] : [])].join(', ');
    caller.onNotice(`note: ${count(vanished.length, 'case')} of the run, no longer in the suite, left alone: ${names}`);
  }
  const changed = await findChangedCases(layout, plan);
  if (changed.length === 0) return;
  const lines = changed.flatMap(({variant, differences}) => differences.map(line => `${variant}: ${line}`));
  const left = lines.length - MAX_SHOWN;
  const shown = [...lines.slice(0, MAX_SHOWN), ...(left > 0 ? [`… and ${left} more`] : [])];
  const list = shown.map(line => `\n  ${line}`).join('');
  if (!allowConfigChange) {
    const title = `${count(changed.length, 'case')} of ${plan.set.folder} began with another config`;
    throw new UserError('suite-changed', `${title}:${list}`, {
      hint: 'start a new run, or --allow-config-change runs them again (the old configs stay as config.N.json)',
    });
  }
  const toRun = new Set(indices.map(index => plan.trials[index]?.trial.id));
  const again = changed.filter(({variant}) => toRun.has(variant)).length;
  caller.onNotice(`note: ${count(again, 'case')} will run again with another config:${list}`);
}
