import {join} from 'node:path';

import type {Services, TrialPlan} from '../../plan/trial-plan.ts';
import {type RunningServices, startServices} from '../../execute/trial/services.ts';
import {identifyExecutor} from '../../record/lease/executor-identity.ts';
import type {PackRunner} from './assemble-pack.ts';
import type {ServerProfile} from './server-hooks.ts';

/** The keys of a profile about programs beside trials. */
type ServiceKeys = Pick<
  ServerProfile,
  'setup_command' | 'server_command' | 'ready_url' | 'server_ready_timeout_seconds'
>;

/** Seconds until a server has to be ready, where nothing says it. */
const READY_SECONDS = 600;

export interface TrialServicesRequest {
  readonly trialPlans: readonly TrialPlan[];
  readonly profile: ServiceKeys;
  /** True in a job of Slurm, whose script has run the profile's setup command already. */
  readonly isJob: boolean;
  readonly logFolder: string;
  /** Begins the names of their logs. */
  readonly logPrefix: string;
  readonly cwd: string;
  readonly onNews: (text: string) => void;
}

/**
 * Starts the programs that the file or the profile of trials wants beside them; where a server dies, the run stops.
 *
 * @returns undefined where nothing has to be started; null when the run was stopped meanwhile.
 * @throws UserError `service-failed`, `no-free-port`, `cannot-write`.
 */
export async function startTrialServices(
  request: TrialServicesRequest,
  {caller, stop}: PackRunner,
): Promise<RunningServices | null | undefined> {
  const services = resolveServices(request);
  if (!services) return undefined;
  const {logFolder, logPrefix, cwd, onNews} = request;
  const running = await startServices({
    services,
    logPath: name => join(logFolder, `${logPrefix}${name}.log`),
    cwd,
    env: caller.env,
    clock: caller.clock,
    holder: identifyExecutor(caller.env),
    signal: stop.requested,
    onNews,
  });
  void running?.died.then(message => stop.request({kind: 'service-died', message}));
  return running;
}

function resolveServices({trialPlans: [plan], profile, isJob}: TrialServicesRequest): Services | null {
  if (!plan) return null;
  const own = plan.services;
  const setup = profile.setup_command === undefined ? own?.setup : isJob ? undefined : profile.setup_command;
  const setupTimeoutSeconds = own?.setupTimeoutSeconds;
  if (profile.server_command !== undefined) {
    const readyTimeoutSeconds = profile.server_ready_timeout_seconds ?? READY_SECONDS;
    return {
      setup,
      setupTimeoutSeconds,
      server: profile.server_command,
      readyUrl: profile.ready_url,
      readyTimeoutSeconds,
    };
  }
  const server = own?.server;
  // A job's profile always has a URL, which is that of model servers.
  const readyUrl = own?.readyUrl ?? (isJob ? undefined : profile.ready_url);
  if (setup === undefined && server === undefined && readyUrl === undefined) return null;
  const readyTimeoutSeconds = own?.readyTimeoutSeconds ?? profile.server_ready_timeout_seconds ?? READY_SECONDS;
  return {setup, setupTimeoutSeconds, server, readyUrl, readyTimeoutSeconds};
}
