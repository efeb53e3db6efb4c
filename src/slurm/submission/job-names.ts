/** The name of a submission's array in Slurm, by which a job is found again whose id got lost. */
export function arrayName(token: string, index: number): string {
  return `mac-${token}-${index}`;
}

/** The name of the job that runs after all arrays of a submission. */
export function afterAllName(token: string): string {
  return `mac-${token}-after`;
}
