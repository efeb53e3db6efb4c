import {resolve} from 'node:path';

import {readGridConfig} from '../../config/read-config.ts';
import {readEnvironment} from '../../config/workspace.ts';
import type {Plan} from '../../plan/plan.ts';
import {summarisePlan, type PlanSummary} from '../../plan/summary.ts';
import {createLayout, type Layout} from '../../record/layout.ts';
import {renderSnapshotYaml} from '../../record/snapshots.ts';
import type {CommandIo, ExitCode} from '../io.ts';
import type {ClusterView} from '../plan-cluster.ts';
import {findMissingKeys} from '../missing-keys.ts';
import {checkConfig, compileConfig, KnownFiles, validTask} from '../plan-config.ts';
import {hasProfile, type ProfileOptions} from '../profile-options.ts';
import {renderPlan, renderPlanJson, type PlanView} from '../render-plan.ts';

export interface PlanOptions extends ProfileOptions {
  readonly scripts?: boolean | undefined;
  readonly task?: number | undefined;
  readonly json?: boolean | undefined;
  readonly all?: boolean | undefined;
  readonly rep?: number | undefined;
  readonly limit?: number | undefined;
}

/** `mac plan CONFIG`: what would run, and with a profile what would be submitted; and what is wrong with it, exit 2 when something is. */
export async function planCommand(configPath: string, options: PlanOptions, io: CommandIo): Promise<ExitCode> {
  const layout = createLayout(readEnvironment(io.env, io.cwd));
  const config = await readGridConfig(resolve(io.cwd, configPath));
  const files = new KnownFiles(layout);
  const plan = compileConfig(config, {submittedAtMs: io.clock.now(), repetition: 1, files, name: configPath});
  if (options.task !== undefined) {
    const task = validTask(plan.rawAt(options.task));
    io.stdout.write(options.json === true ? `${JSON.stringify(task, null, 2)}\n` : renderSnapshotYaml(task));
    return 0;
  }
  const sound = await checkConfig(config, plan, files);
  const missingKeys = sound.problems.length > 0 ? [] : findMissingKeys(plan, config, io.env);
  const checked = {...sound, warnings: [...sound.warnings, ...missingKeys]};
  const summary = checked.problems.length > 0 ? null : summarise(plan, files, options);
  const wantsCluster = hasProfile(options) || options.scripts === true;
  const cluster = summary && wantsCluster ? await planOnCluster(plan, {layout, options, io, files}) : null;
  const view: PlanView = {
    plan,
    checked,
    summary,
    cluster,
    scripts: options.scripts ?? false,
    repetitions: options.rep ?? 1,
    limit: options.limit ?? null,
  };
  const render = options.json === true ? renderPlanJson : renderPlan;
  for (const text of render(view, options.all ?? false)) io.stdout.write(text);
  return checked.problems.length > 0 ? 2 : 0;
}

function summarise(plan: Plan, files: KnownFiles, {limit}: PlanOptions): PlanSummary {
  return summarisePlan(plan, {validate: validTask, questionCount: questionCount(files, limit)});
}

async function planOnCluster(
  plan: Plan,
  {files, options, ...rest}: {layout: Layout; options: PlanOptions; io: CommandIo; files: KnownFiles},
): Promise<ClusterView> {
  // Only here: templates and Slurm's client are not needed to look at a config.
  const {planCluster} = await import('../plan-cluster.ts');
  return await planCluster(plan, {...rest, options, questionCount: questionCount(files, options.limit)});
}

function questionCount(files: KnownFiles, limit: number | undefined): (file: string) => number {
  return file => Math.min(files.require(file).questions, limit ?? Infinity);
}
