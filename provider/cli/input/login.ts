import type { LoginOptions } from "../options/configuration";
import type { OptionFiles } from "./option-files";
import type { Parsed } from "./parsed";

type UsersInput = readonly Readonly<Record<string, unknown>>[];

/** The login user as `users` of the resource's input. */
export function parseLogin(
  { user, passwordFile, sshKeyFile }: LoginOptions,
  { password, sshKeys }: OptionFiles,
): Parsed<UsersInput | undefined> {
  if (user !== undefined) {
    const sshAuthorizedKeys = sshKeys.length === 0 ? undefined : sshKeys;
    return { value: [{ name: user, password, sshAuthorizedKeys }], problems: [] };
  }
  const reason = "is needed with --password-file and --ssh-key-file";
  const needsUser = (passwordFile ?? sshKeyFile) !== undefined;
  return { value: undefined, problems: needsUser ? [{ path: "--user", reason }] : [] };
}
