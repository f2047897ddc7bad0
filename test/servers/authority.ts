import { execa } from "execa";
import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface SignedCertificate {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** A certificate authority of its own, made by openssl. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  readonly file: string;
  /** For a client of that name and group, or for a server of these names (`DNS:...`, `IP:...`). */
  readonly certify: (
    commonName: string,
    group?: string,
    names?: readonly string[],
  ) => Promise<SignedCertificate>;
}

const elliptic = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** In that folder, which is the caller's to remove. */
export async function makeAuthority(place: string): Promise<Authority> {
  const id = randomUUID().slice(0, 8);
  const file = join(place, `ca-${id}.crt`);
  const key = join(place, `ca-${id}.key`);
  const own = ["-subj", `/CN=authority ${id}`, "-keyout", key, "-out", file];
  await execa("openssl", ["req", "-x509", "-days", "2", ...elliptic, ...own]);
  return {
    certificate: await readFile(file, "utf8"),
    file,
    certify: async (commonName, group, names = []) => {
      const base = join(place, randomUUID().slice(0, 8));
      const [keyFile, request, certificateFile] = [`${base}.key`, `${base}.csr`, `${base}.crt`];
      const subject = `${group === undefined ? "" : `/O=${group}`}/CN=${commonName}`;
      const asking = ["-subj", subject, "-keyout", keyFile, "-out", request];
      await execa("openssl", ["req", "-new", ...elliptic, ...asking]);
      const usage = names.length === 0 ? "clientAuth" : "serverAuth";
      const alternative = names.length === 0 ? [] : [`subjectAltName=${names.join(",")}`];
      const extensions = `${base}.ext`;
      await writeFile(extensions, [`extendedKeyUsage=${usage}`, ...alternative, ""].join("\n"));
      const signing = ["-CA", file, "-CAkey", key, "-CAcreateserial", "-days", "2"];
      const files = ["-in", request, "-extfile", extensions, "-out", certificateFile];
      await execa("openssl", ["x509", "-req", ...signing, ...files]);
      const [certificate, keyText] = await Promise.all([
        readFile(certificateFile, "utf8"),
        readFile(keyFile, "utf8"),
      ]);
      return { certificate, key: keyText, certificateFile, keyFile };
    },
  };
}
