import type { JsonMap } from "../../base/json";
import { joinFindings, type Findings, type PartInput } from "./part";
import { registrationFindings } from "./registration";
import { findSecrets } from "./secrets";
import { largestUserData, renderConfig } from "./write-yaml";

/** Problems and warnings of the merged cloud-config as a whole. */
export function documentFindings(document: JsonMap, input: PartInput): Findings {
  return joinFindings([
    registrationFindings(document, input),
    sizeFindings(document),
    plaintextNotice(document, input),
  ]);
}

function sizeFindings(document: JsonMap): Findings {
  const size = Buffer.byteLength(renderConfig(document));
  if (size <= largestUserData) return { problems: [], warnings: [] };
  const reason = `makes a cloud-config of ${size} bytes, and the installer skips more than ${largestUserData}; let the machine download large files`;
  return { problems: [{ path: "userData", reason }], warnings: [] };
}

/** How many values a notice names; the report names all. */
const mostPaths = 20;

/** Values that may be secret and that the image or seed contains in plain text. */
function plaintextNotice(document: JsonMap, { reader }: PartInput): Findings {
  const paths = findSecrets(document);
  if (paths.length === 0) return { problems: [], warnings: [] };
  const holder = reader === "site" ? "the seed" : "the image";
  const isForKairos = reader === "kairos" || reader === "auto";
  const file = isForKairos ? " (with Kairos in /oem/90_custom.yaml)" : "";
  const more = paths.length > mostPaths ? `, and ${paths.length - mostPaths} more` : "";
  const named = `${paths.slice(0, mostPaths).join(", ")}${more}`;
  const notice = `Anyone with access to ${holder} can read these values of the user-data${file}: ${named}.`;
  return { problems: [], warnings: [notice] };
}
