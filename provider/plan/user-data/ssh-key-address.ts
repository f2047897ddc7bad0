import type { UserDataReader } from "./part";

/** How the machine itself gets keys, where yip reads `ssh_authorized_keys`: from an account, or from any address. */
export function isKeyAddress(text: string): boolean {
  return /^[a-z][a-z\d+.-]*:\S*$/i.test(text.trim());
}

/** The name of GitHub's account in `github:NAME`, from which cloud-init imports keys too; undefined for any other address. */
export function gitHubAccount(address: string): string | undefined {
  return /^github:(.+)$/i.exec(address.trim())?.[1];
}

const accounts = ["github", "gitlab"];

/** Why a reader of the user-data gets no keys from an address; undefined if it does. */
export function keyAddressProblem(text: string, reader: UserDataReader): string | undefined {
  const [, scheme = "", rest = ""] = /^([^:]*):(.*)$/s.exec(text.trim()) ?? [];
  const kind = scheme.toLowerCase();
  if (reader === "generic") {
    const imported = kind === "github" || kind === "gh" ? `[gh:${accountName(rest)}]` : "";
    return `is an address, and cloud-init takes keys only in \`ssh_authorized_keys\`; give the key itself${
      imported === "" ? "" : `, or \`ssh_import_id: ${imported}\` for this user in \`userData\``
    }`;
  }
  if (accounts.includes(kind)) {
    return /^[A-Za-z\d][\w.-]*$/.test(rest)
      ? undefined
      : `must be \`${kind}:NAME\` with the name of an account`;
  }
  if (kind === "https") return URL.canParse(text.trim()) ? undefined : "is not a valid URL";
  if (kind === "http") {
    return "would be fetched without encryption, so that anyone on the way can put in another key; use `https://`";
  }
  return `begins with \`${/^[\w+.-]{1,20}$/.test(scheme) ? scheme : "another scheme"}:\`, from which the installer gets no keys; it takes \`github:NAME\`, \`gitlab:NAME\` and \`https://...\``;
}

function accountName(text: string): string {
  return /^[A-Za-z\d][\w.-]*$/.test(text) ? text : "NAME";
}
