import type {Message} from '../../record/formats.ts';

/**
 * Who sees what. To add a strategy, write one file with such an object and name it in `registry.ts`
 * (docs/roles-and-routing.md).
 */
export interface Router {
  /** As in `conversation_config.routing_strategy`. */
  readonly name: string;
  /** The agents to whom a message of `sender` is shown in the next round; stands in the message's `visible_to`. */
  audience(sender: string, agentIds: readonly string[]): readonly string[];
  /** Whether `reader`, who waited for it directly or through others, sees a message of the round that is going on. */
  seesWithinRound(reader: string, message: Message): boolean;
  /** Whether rationales are shown with the answers. */
  readonly showsRationales: boolean;
}
