import { Argument, type Command, type Option, type OptionValues } from "commander";

/** A command as data: `program.ts` turns the list of declarations into commander's commands. */
export type CommandDeclaration = CommandGroup | RunnableCommand;

/** A command that only has commands below it, such as `cache`. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly CommandDeclaration[];
}

interface Described {
  readonly name: string;
  /** One line of the parent's help; starts with a lower-case verb. */
  readonly summary: string;
  readonly arguments?: readonly Argument[];
  readonly options?: readonly Option[];
  /** Printed below the options: examples, and what they do not explain. */
  readonly notes?: string;
}

interface RunnableCommand extends Described {
  readonly run: (parsed: Command) => Promise<void>;
}

interface TypedCommand<Options extends OptionValues> extends Described {
  /** Loads the action and calls it. Nothing but `commander` may be loaded before. */
  readonly run: (options: Options, args: readonly string[]) => Promise<void>;
}

/** Declares a command; `Options` is what its options leave after parsing. */
export function command<Options extends OptionValues>(
  declaration: TypedCommand<Options>,
): CommandDeclaration {
  return {
    ...declaration,
    run: (parsed) => declaration.run(parsed.opts<Options>(), parsed.args),
  };
}

/** `<name>` is required, `[name]` is not, `<name...>` takes several. */
export function argument(name: string, description: string): Argument {
  return new Argument(name, description);
}
