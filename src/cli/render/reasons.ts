/** Why values of a table are missing, each reason once with the metrics that it is given for. */
export class Reasons {
  readonly #metrics = new Map<string, Set<string>>();

  add(reason: string, metric: string): void {
    const metrics = this.#metrics.get(reason) ?? new Set<string>();
    this.#metrics.set(reason, metrics.add(metric));
  }

  /** The footnotes of the table. */
  lines(): string[] {
    return [...this.#metrics].map(([reason, metrics]) => `–  ${[...metrics].join(', ')}: ${reason}\n`);
  }
}
