import { authorizedKeyProblem } from "./ssh-key";
import { authorizedKeyParts, commandsIn } from "./ssh-key-options";
import { looksGenerated } from "./public-values";

/** A rule of sudo for all hosts, or with a user to run as: `ALL=`, `web1=(root)`. */
const sudoRule = /(?<!\w)ALL\s*=|=\s*\([\w%#:, -]{0,32}\)/;
/** Tags such as NOPASSWD, before a command, `ALL`, an alias in capitals or another tag. */
const sudoTags =
  /(?<!\w)(?:(?:NO)?(?:PASSWD|EXEC|SETENV|FOLLOW|MAIL|INTERCEPT|LOG_INPUT|LOG_OUTPUT)\s*:\s*)+(?=!?\/|sudoedit\b|[A-Z][A-Z\d_]*\s*(?:["',]|$))/g;
/** The hosts of the rule, and the users and groups to run as. */
const sudoHosts = /(?<!\w)ALL\s*=\s*(?:\([\w%#:, -]{0,32}\))?/g;
/** `Defaults:ada !requiretty`: settings of sudo for a user, a host or a command. */
const sudoDefaults =
  /^\s*Defaults[:@!>]([a-z_%/][\w%.,/-]{0,63})(?=\s+!?(?:authenticate|editor|env_\w+|insults|lecture|log\w+|mail\w*|passwd_\w+|pwfeedback|requiretty|rootpw|runaspw|secure_path|setenv|targetpw|timestamp_\w+|tty_tickets|umask|use_pty|visiblepw)\b)/;
/** A line of nsswitch.conf, whose `passwd:` is the name of a database. */
const nameService =
  /^(?:passwd|group|shadow|gshadow|hosts|networks|services|protocols|netgroup|automount|sudoers):(?:\s+(?:files|systemd|compat|db|dns|sss|ldap|nis|winbind|myhostname|mymachines|resolve|mdns\w*|\[\w+=\w+\]))+$/;

/**
 * A line without the parts that hold no secret because of their form: rules of sudo, databases of the name service, public
 * SSH keys. The rest of the line is kept. A line that only resembles such a form is kept whole.
 */
export function withoutHarmlessForms(line: string): string {
  if (nameService.test(line)) return "";
  const key = withoutPublicKey(line);
  if (key !== line) return key;
  const [defaults = "", name = ""] = sudoDefaults.exec(line) ?? [];
  const rest = looksGenerated(name) ? line : line.slice(defaults.length);
  const isRule = sudoRule.test(rest);
  return (isRule ? rest.replace(sudoTags, " ").replace(sudoHosts, " ") : rest).trim();
}

/** Commands and a comment of several words may hold a secret, the key itself does not. */
function withoutPublicKey(line: string): string {
  if (!line.includes("AAAA") || authorizedKeyProblem(line) !== undefined) return line;
  const { options, blob } = authorizedKeyParts(line) ?? { options: "", blob: line };
  const comment = line.slice(line.indexOf(blob) + blob.length).trim();
  const isOneWord = /^[\w@.-]*$/.test(comment) && !looksGenerated(comment);
  return [...commandsIn(options), isOneWord ? "" : comment].join(" ").trim();
}
