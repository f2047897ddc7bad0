import assert from "node:assert/strict";
import { join } from "node:path";
import { execa } from "execa";
import { renderConfig } from "../../../../../provider/plan/user-data/write-yaml";
import { makeDocument } from "./documents";
import { knownFields } from "./fields";
import { askInstaller } from "./oracle";
import { Random } from "./random";

const count = 500;
const program = join(
  __dirname,
  "../../../../../examples/installer/root/usr/lib/stand-in/decode.pl",
);

/** Prints for each cloud-config what the stand-in drops. The stand-in's own YAML reader is only on its ISO. */
const script = `
  use JSON::PP; require $ARGV[0];
  my $reader = JSON::PP->new->boolean_values( !!0, !!1 )->allow_nonref;
  for my $config ( @{ $reader->decode( do { local $/; <STDIN> } ) } ) {
    print cloud_init_loads($config) ? stages_load($config) ? "nothing" : "stages" : "file", "\\n";
  }`;

describe(`${count} generated cloud-configs, judged by yip and by the stand-in installer`, () => {
  it("both drop the same files and the same stages", async () => {
    const [known, random] = [await knownFields(), new Random(2)];
    const documents = Array.from({ length: count }, () => makeDocument(known, random))
      // The stand-in's YAML reader cannot tell `yes` from `"yes"`, nor an octal number from text.
      .filter((document) => !/"(?:y|yes|n|no|on|off|0o?\d+)"/i.test(JSON.stringify(document)));
    const questions = documents.map((document, index) => ({
      id: String(index),
      text: renderConfig(document),
      others: ["#cloud-config\n"],
    }));
    const answers = await askInstaller(questions);
    const input = JSON.stringify(documents);
    const { stdout } = await execa("perl", ["-e", script, program], { input });
    const standIn = stdout.split("\n");
    const differing = questions.flatMap(({ id, text }, index) => {
      const file = answers.get(id)?.file;
      const dropped = file?.error ? "file" : file?.stagesError ? "stages" : "nothing";
      return dropped === standIn[index]
        ? []
        : [`yip drops ${dropped}, the stand-in ${standIn[index]}: ${text}`];
    });
    assert.deepEqual(differing, []);
    assert.deepEqual([...new Set(standIn)].sort(), ["file", "nothing", "stages"]);
  });
});
