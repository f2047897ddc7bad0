import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";

const answer = z.object({
  type: z.string().nullable(),
  errors: z.record(z.string(), z.string()),
  warned: z.array(z.string()),
  schema: z.array(z.string()),
  calls: z.array(z.array(z.unknown())),
});
export type CloudInitAnswer = z.infer<typeof answer>;

/** What cloud-init's own modules do with each text. Debian's modules are for Debian's Python. */
export async function askCloudInit(texts: readonly string[]): Promise<readonly CloudInitAnswer[]> {
  const script = join(__dirname, "cloud-init-oracle.py");
  const input = texts.map((text) => `${JSON.stringify(text)}\n`).join("");
  const { stdout } = await execa("/usr/bin/python3", [script], { input });
  return stdout.split("\n").map((line) => answer.parse(JSON.parse(line)));
}

/** How cloud-init left an account that it created. */
export interface CreatedAccount {
  readonly groups: readonly string[];
  /** The hash or text that it set as password. */
  readonly password: string | undefined;
  readonly locked: boolean;
  readonly keys: readonly unknown[];
}

/** The accounts that the recorded commands create, by name. */
export function createdAccounts({ calls }: CloudInitAnswer): ReadonlyMap<string, CreatedAccount> {
  const accounts = new Map<string, CreatedAccount>();
  const change = (name: string, update: Partial<CreatedAccount>): void => {
    const none = { groups: [], password: undefined, locked: false, keys: [] };
    accounts.set(name, { ...(accounts.get(name) ?? none), ...update });
  };
  for (const [kind, command, ...rest] of calls) {
    if (kind === "keys") {
      change(String(rest[0]), { keys: z.array(z.unknown()).parse(command) });
      continue;
    }
    if (kind !== "run") continue;
    const [program, ...words] = z.array(z.string()).parse(command);
    const option = (name: string) =>
      words.includes(name) ? words[words.indexOf(name) + 1] : undefined;
    if (program === "useradd") {
      const groups = option("--groups")?.split(",") ?? [];
      change(words[0] ?? "", { groups, password: option("--password") });
    }
    if (program === "passwd" && words[0] === "-l") change(words[1] ?? "", { locked: true });
    if (program !== "chpasswd") continue;
    for (const line of String(rest[0]).trim().split("\n")) {
      const [name = "", password = ""] = line.split(/:(.*)/s);
      // A new password replaces a locked one.
      change(name, { password, locked: false });
    }
  }
  return accounts;
}
