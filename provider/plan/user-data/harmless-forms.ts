import { authorizedKeyParts } from "./ssh-key-options";

/** Tags of a rule of sudo, such as NOPASSWD, before a command, an alias in capitals or another tag. */
const sudoTags =
  /(?<!\w)(?:(?:NO)?(?:PASSWD|EXEC|SETENV|FOLLOW|MAIL|INTERCEPT|LOG_INPUT|LOG_OUTPUT)\s*:\s*)+(?=!?\/|sudoedit|[A-Z])/g;
/** `ALL=(ALL:ALL)`: the hosts of a rule of sudo, and the users and groups to run as. */
const sudoHosts = /(?<!\w)ALL\s*=\s*(?:\([\w%#:, -]{0,32}\))?/g;
/** `Defaults:ada`: settings of sudo for a user, a host or a command. */
const sudoDefaults = /^\s*Defaults[:@!>][\w%.,/-]{1,64}(?=\s)/;
/** A line of nsswitch.conf, whose `passwd:` is the name of a database. */
const nameService =
  /^(?:passwd|group|shadow|gshadow|hosts|networks|services|protocols|netgroup|automount|sudoers):(?:\s+(?:files|systemd|compat|db|dns|sss|ldap|nis|winbind|myhostname|mymachines|resolve|mdns\w*|\[\w+=\w+\]))+$/;
/** An account whose public keys the machine fetches. */
const keyAccount = /^(?:github|gitlab|gh|lp):[\w.-]{1,40}$/;

/**
 * A line without the parts that hold no secret because of their form: rules of sudo, databases of the name service, public
 * SSH keys. The rest of the line is kept.
 */
export function withoutHarmlessForms(line: string): string {
  if (nameService.test(line) || keyAccount.test(line)) return "";
  const key = withoutPublicKey(line);
  if (key !== line) return key;
  return line.replace(sudoTags, " ").replace(sudoHosts, " ").replace(sudoDefaults, "").trim();
}

/** Options that may hold a secret; the others hold addresses and names. */
const commandOption = /(?:command|environment)="((?:\\"|[^"])*)"/gi;

/** Commands and a comment of several words may hold a secret, the key itself does not. */
function withoutPublicKey(line: string): string {
  if (!line.includes("AAAA")) return line;
  const parts = authorizedKeyParts(line);
  if (parts === undefined || !/^AAAA[\w+/]*={0,2}$/.test(parts.blob)) return line;
  const comment = line.slice(line.indexOf(parts.blob) + parts.blob.length).trim();
  const isOneWord = /^[\w@.-]*$/.test(comment);
  const commands = [...parts.options.matchAll(commandOption)].map(([, command = ""]) => command);
  return [...commands, isOneWord ? "" : comment].join(" ").trim();
}
