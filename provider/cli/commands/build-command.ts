import { command } from "../command";
import { imageOptions, type ImageOptions } from "../options/image";
import { progressOptions, type ProgressOptions } from "../options/progress";

export const buildCommand = command<ImageOptions & ProgressOptions>({
  name: "build",
  summary: "build an image and publish it; existing artifacts are not built again",
  options: [...imageOptions(), ...progressOptions()],
  notes: `
Examples:
  An image for KubeVirt and one for bare metal, from a local installer:
  $ stylus-image build --installer installer.iso --format raw,qcow2 --to ./images \\
      --palette-endpoint api.spectrocloud.com --edge-host-token-file token.txt

  UEFI, from a server, published to a bucket:
  $ stylus-image build --installer https://example.com/installer.iso \\
      --checksum-url https://example.com/SHA256SUMS --firmware uefi --disk-size 60GiB \\
      --user-data user-data.yaml --to s3://images/edge --s3-region eu-central-1

Secrets are read from files, never from option values. One of the files may be - (standard input).
With --palette-endpoint but no --edge-host-token-file, the token is read from EDGE_HOST_TOKEN.
If ISO_URL is set, it names the installer, and the old builder's variables PALETTE_ENDPOINT,
REGISTRATION_URL, DISK_SIZE, SSH_USER and SSH_PASSWORD are read as well. Options take precedence.
Tokens for a web server: --to https://host/images --to-header @headers.txt ("Name: value" lines).
A registry: --to oci://host/team/images, with the login of \`docker login\` or \`skopeo login\`.
KubeVirt's CDI: --to cdi://namespace, with the kubeconfig and context that kubectl would use.
S3 credentials come from the environment or a profile, as for the AWS CLI.
A second run for the same image only makes and publishes what is missing.`,
  run: (options) => {
    const { build } = require("./build") as typeof import("./build");
    return build(options);
  },
});
