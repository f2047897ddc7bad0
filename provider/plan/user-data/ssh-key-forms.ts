/**
 * Forms of a key that sshd does not read in `authorized_keys`: how a text in that form is recognized, what it is, and the
 * command that makes a public key of it. The first that fits counts.
 */
const forms: readonly (readonly [pattern: RegExp, what: string, next: string])[] = [
  [
    /^\s*PuTTY-User-Key-File-\d/,
    "is a private key of PuTTY",
    "give the public one, which `puttygen FILE -O public-openssh` prints",
  ],
  [
    /^\s*---- BEGIN SSH2 PUBLIC KEY/,
    "is a public key in the form of RFC 4716, as PuTTYgen saves it",
    "convert it: `ssh-keygen -i -f FILE`",
  ],
  [
    /^\s*---- BEGIN SSH2 (?:ENCRYPTED )?PRIVATE KEY/,
    "is a private key of ssh.com",
    "give the public one: convert it with `ssh-keygen -i -f FILE > NEW-FILE`, and print it with `ssh-keygen -y -f NEW-FILE`",
  ],
  [
    /-----BEGIN (?:\w+ )*PRIVATE KEY/,
    "is a private key, which must not be in an image",
    "give the public one, which `ssh-keygen -y -f FILE` prints",
  ],
  [
    /-----BEGIN RSA PUBLIC KEY/,
    "is a public key in PEM",
    "convert it: `ssh-keygen -i -m PEM -f FILE`",
  ],
  [
    /-----BEGIN PUBLIC KEY/,
    "is a public key in PEM",
    "convert it: `ssh-keygen -i -m PKCS8 -f FILE`",
  ],
  [
    /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE/,
    "is an X.509 certificate",
    "convert its key: `openssl x509 -in FILE -noout -pubkey | ssh-keygen -i -m PKCS8 -f /dev/stdin`",
  ],
  [
    /-----BEGIN PGP /,
    "is a key of OpenPGP",
    "give the line that `gpg --export-ssh-key NAME` prints",
  ],
  [/^\s*\{\s*"kty"/, "is a JSON Web Key", "give the line of a `.pub` file of OpenSSH"],
  [
    /^\s*\d{3,5} \d{1,10} \d{50,}/,
    "is a key of SSH protocol 1, which OpenSSH accepts no longer",
    "make another with `ssh-keygen -t ed25519`",
  ],
  [
    /^\s*AAAA[\w+/]+={0,2}(?:\s|$)/,
    "is a key without its type",
    "give the whole line, which begins with the type, such as `ssh-ed25519 AAAA...`",
  ],
  [
    /^\s*SHA256:[\w+/]{43}/,
    "is the fingerprint of a key",
    "give the public key, the line of the `.pub` file",
  ],
  [/^\s*#/, "is a comment", "leave it out"],
  [
    /^\s*(?:~|\.{0,2}\/|file:|[A-Za-z]:[\\/]|(?![a-z][a-z\d+.-]+:)\S*\.pub\s*$)/i,
    "is a path",
    'give the content of the file, in a program `readFileSync(path, "utf8")`',
  ],
];

/** What a text is that is no line of `authorized_keys`, and how to convert it; undefined if it has none of these forms. */
export function otherKeyForm(text: string): string | undefined {
  const found = forms.find(([pattern]) => pattern.test(text));
  return found === undefined ? undefined : `${found[1]}; ${found[2]}`;
}
