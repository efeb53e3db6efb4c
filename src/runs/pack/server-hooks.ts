import {shellQuote} from '../../core/text/shell-quote.ts';
import type {ServerContainer, ServerHooks} from '../../execute/model-server/server-spec.ts';

/** The keys of a cluster profile about model servers and the end of a job. */
export interface ServerProfile {
  readonly server_command?: string;
  readonly setup_command?: string;
  readonly modules?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly container?: ServerContainer;
  readonly ready_url?: string;
  readonly server_ready_timeout_seconds?: number;
  readonly server_restarts?: number;
  readonly server_hang_seconds?: number;
  readonly scratch?: string;
  readonly requeue?: boolean;
  readonly signal_lead_seconds?: number;
}

/**
 * Returns the hooks as a job uses them: its script has loaded the modules, set the environment and run the setup
 * command already.
 */
export function jobServerHooks(profile: ServerProfile): ServerHooks {
  return {
    serverCommand: profile.server_command,
    container: profile.container,
    readyUrl: profile.ready_url ?? 'http://127.0.0.1:{port}/health',
    readyTimeoutMs: (profile.server_ready_timeout_seconds ?? 1800) * 1000,
    restarts: profile.server_restarts ?? 2,
    hangMs: (profile.server_hang_seconds ?? 900) * 1000,
  };
}

/**
 * Returns the hooks on a machine of one's own: what a job's script does before anything else, every server does here
 * for itself.
 */
export function localServerHooks(profile: ServerProfile): ServerHooks {
  const {modules = [], setup_command: setup, environment} = profile;
  const loads = modules.map(module => `module load ${shellQuote(module)} || exit 1`);
  const lines = [...(loads.length > 0 ? [MODULE_COMMAND, ...loads] : []), ...(setup === undefined ? [] : [setup])];
  return {
    ...jobServerHooks(profile),
    setupCommand: lines.length > 0 ? lines.join('\n') : undefined,
    environment,
  };
}

/** Shells that are no login shells may have to be told of it. */
const MODULE_COMMAND =
  'type module >/dev/null 2>&1 || for init in /etc/profile.d/lmod.sh /etc/profile.d/modules.sh; do [ -r "$init" ] && . "$init"; done';

/** Returns a folder on this machine's own disk. */
export function scratchFolder(
  profile: Pick<ServerProfile, 'scratch'>,
  env: Readonly<Record<string, string | undefined>>,
): string {
  return profile.scratch ?? (env['SLURM_TMPDIR'] || env['TMPDIR'] || '/tmp');
}
