import type {DocumentPath} from '../../config/problem.ts';
import type {Report} from '../../config/report.ts';
import {refuseSecretWords} from '../secret-values.ts';
import {toWords} from './split-command.ts';
import type {StudyFile, WrittenCommand, WrittenEvaluator} from './study-schema.ts';

/** Reports secrets among the words of commands, which records, plans and scripts keep copies of. */
export function refuseSecretsInCommands({study, evaluations, hypotheses}: StudyFile, report: Report): void {
  const defaults = ['study', 'run_defaults'];
  checkCommand(study.run_defaults?.runner_module, [...defaults, 'runner_module'], report);
  checkCommand(study.services?.setup_command, ['study', 'services', 'setup_command'], report);
  checkCommand(study.services?.server_command, ['study', 'services', 'server_command'], report);
  checkEvaluators(evaluations, ['evaluations'], report);
  for (const [id, hypothesis] of Object.entries(hypotheses)) {
    const path = ['hypotheses', id];
    for (const [name, condition] of Object.entries(hypothesis.conditions)) {
      const place = [...path, 'conditions', name];
      checkCommand(condition.execution?.command, [...place, 'execution', 'command'], report);
      checkEvaluators(condition.evaluations, [...place, 'evaluations'], report);
    }
  }
}

function checkEvaluators(
  evaluators: readonly WrittenEvaluator[] | null | undefined,
  path: DocumentPath,
  report: Report,
): void {
  for (const [i, {command, static_args: statics}] of (evaluators ?? []).entries()) {
    checkCommand(command, [...path, i, 'command'], report);
    refuseSecretWords((statics ?? []).map(String), [...path, i, 'static_args'], report);
  }
}

function checkCommand(command: WrittenCommand | null | undefined, path: DocumentPath, report: Report): void {
  // A text that cannot be split is told by whoever runs it.
  if (command) refuseSecretWords(toWords(command) ?? [String(command)], path, report);
}
