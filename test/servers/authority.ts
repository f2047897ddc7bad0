import { execa } from "execa";
import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

export interface SignedCertificate {
  /** In PEM. */
  readonly certificate: string;
  readonly key: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** A certificate authority, made by openssl. */
export interface Authority {
  /** In PEM. */
  readonly certificate: string;
  readonly file: string;
  /** Issues a certificate for a client of that name and group, or for a server of these names (`DNS:...`, `IP:...`). */
  readonly certify: (
    commonName: string,
    group?: string,
    names?: readonly string[],
    validity?: Validity,
  ) => Promise<SignedCertificate>;
}

/** A time in the notation of `openssl ca`, such as `20200101000000Z`. */
export interface Validity {
  readonly start: string;
  readonly end: string;
}

const elliptic = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Makes an authority in a folder, which the caller removes. */
export async function makeAuthority(place: string): Promise<Authority> {
  const id = randomUUID().slice(0, 8);
  const file = join(place, `ca-${id}.crt`);
  const key = join(place, `ca-${id}.key`);
  const own = ["-subj", `/CN=authority ${id}`, "-keyout", key, "-out", file];
  await execa("openssl", ["req", "-x509", "-days", "2", ...elliptic, ...own]);
  return {
    certificate: await readFile(file, "utf8"),
    file,
    certify: async (commonName, group, names = [], validity) => {
      const base = join(place, randomUUID().slice(0, 8));
      const [keyFile, request, certificateFile] = [`${base}.key`, `${base}.csr`, `${base}.crt`];
      const subject = `${group === undefined ? "" : `/O=${group}`}/CN=${commonName}`;
      const asking = ["-subj", subject, "-keyout", keyFile, "-out", request];
      await execa("openssl", ["req", "-new", ...elliptic, ...asking]);
      const usage = names.length === 0 ? "clientAuth" : "serverAuth";
      const alternative = names.length === 0 ? [] : [`subjectAltName=${names.join(",")}`];
      const extensions = `${base}.ext`;
      await writeFile(extensions, [`extendedKeyUsage=${usage}`, ...alternative, ""].join("\n"));
      const files = ["-in", request, "-extfile", extensions, "-out", certificateFile];
      if (validity === undefined) {
        const signing = ["-CA", file, "-CAkey", key, "-CAcreateserial", "-days", "2"];
        await execa("openssl", ["x509", "-req", ...signing, ...files]);
      } else {
        // `openssl x509` has options for dates only since version 3.4.
        const config = await writeAuthorityConfig(base);
        const dates = ["-startdate", validity.start, "-enddate", validity.end];
        const signing = ["-batch", "-notext", "-config", config, "-cert", file, "-keyfile", key];
        await execa("openssl", ["ca", ...signing, ...dates, ...files]);
      }
      const [certificate, keyText] = await Promise.all([
        readFile(certificateFile, "utf8"),
        readFile(keyFile, "utf8"),
      ]);
      return { certificate, key: keyText, certificateFile, keyFile };
    },
  };
}

/** Configuration and files of `openssl ca`. */
async function writeAuthorityConfig(base: string): Promise<string> {
  const [config, database] = [`${base}.cnf`, `${base}.index`];
  const lines = [
    ...["[ca]", "default_ca = own", "[own]", "default_md = sha256", "policy = any"],
    ...[`database = ${database}`, `new_certs_dir = ${dirname(base)}`, "rand_serial = yes"],
    ...["[any]", "commonName = supplied", "organizationName = optional", ""],
  ];
  await writeFile(database, "");
  await writeFile(config, lines.join("\n"));
  return config;
}
