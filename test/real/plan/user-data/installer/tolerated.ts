import type { InputProblem } from "../../../../../provider/base/errors";
import type { JsonMap } from "../../../../../provider/base/json";

interface Tolerated {
  /** Why the product refuses what yip and kairos-agent take. */
  readonly why: string;
  readonly covers: (problem: InputProblem, userData: string | JsonMap) => boolean;
}

const reason = (pattern: RegExp) => (problem: InputProblem) => pattern.test(problem.reason);
const path = (pattern: RegExp) => (problem: InputProblem) => pattern.test(problem.path);

/** Every reason for which a cloud-config is refused although the installer takes it. */
export const tolerated: readonly Tolerated[] = [
  {
    why: "two files with the same key null crash the agent, such as an image and its site seed",
    covers: reason(/^is null, /),
  },
  {
    why: "an empty list crashes agents of 2023 and earlier",
    covers: reason(/^is an empty list, /),
  },
  {
    why: "a password that is null or a truth value is a mistake",
    covers: ({ path, reason }) => path.endsWith(".passwd") && reason === "must be text",
  },
  {
    why: "YAML 1.1 and 1.2 read the word differently, and the agent's two YAML packages too",
    covers: ({ reason }, userData) =>
      /^line \d+: yes, no, on and off are text to some readers/.test(reason) ||
      (/^must be true or false, but is text/.test(reason) &&
        /["'](?:y|yes|n|no|on|off)["']/i.test(JSON.stringify(userData))),
  },
  {
    why: "a number in another form is other text after the agent has written it again",
    covers: reason(
      /^line \d+: a number in a form|the installer would write this number in another/,
    ),
  },
  {
    why: "a number of more than 53 bits is not exact in JavaScript",
    covers: reason(/^is a number that cannot be represented exactly/),
  },
  {
    why: "a tag is never needed",
    covers: reason(/^line \d+: has a tag/),
  },
  {
    why: "yip and the agent read the first document and silently leave out a second one",
    covers: ({ reason }, userData) =>
      /a second document begins|is not valid YAML$/.test(reason) &&
      typeof userData === "string" &&
      /^(?:---|\{\})/m.test(userData),
  },
  {
    why: "Palette's agent reads `stylus`, which is not public",
    covers: path(/^userData\.stylus\b/),
  },
  {
    why: "the build waits for a power-off, and its machine has one disk, /dev/vda",
    covers: path(/^userData\.install\.(?:auto|device|encrypted_partitions|poweroff|reboot)$/),
  },
  {
    why: "the agent refuses to install without an administrator, which is not part of this judgement",
    covers: path(/^userData\.install\.nousers$/),
  },
  {
    why: "yip mixes accounts without a name into one, and of two with one name it drops the first",
    covers: reason(/^must have a `name`|^repeats the name of an earlier account/),
  },
  {
    why: "of the agent's two decoders, one reads a key of `install` in another case and one does not",
    covers: reason(/^must be written `.*one part of the installer ignores a name in another case$/),
  },
  {
    why: "the agent silently leaves out a source that it cannot read if `install.iso` is given",
    covers: path(/^userData\.install\.source$/),
  },
];

/** Why a text that the installer drops is accepted: what we make of it is taken. */
export const mended = /permissions|cannot unmarshal !!str `\d+` into uint32/;
