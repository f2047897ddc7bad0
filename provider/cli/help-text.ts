/** Ends the help of every command. */
export const exitCodes = `
Exit codes:
  0    done
  1    failed; the last lines on standard error say why, with the error's code in brackets
  2    wrong usage or invalid input
  130  cancelled (Ctrl-C, SIGTERM)`;

/** Below the list of commands. */
export const overview = `
Examples:
  $ stylus-image build --installer palette-edge-installer.iso \\
      --palette-endpoint api.spectrocloud.com --edge-host-token-file token.txt --to ./images
  $ stylus-image doctor
${exitCodes}

Downloads, base disks and unfinished builds are kept in $XDG_CACHE_HOME/stylus-image,
by default ~/.cache/stylus-image.`;

/** Below the options of `presign`. */
export const presignNotes = `
The URL is all that standard output gets. It is a credential, and it ends with the credentials that
signed it where those are temporary.
${exitCodes}`;

/** Below the options of `doctor`. */
export const doctorExamples = `
Examples:
  $ stylus-image doctor --fix              prints what is to be done
  $ stylus-image doctor --fix --yes        does it, and looks again
  $ stylus-image doctor --fix --to s3://images/edge
                                           prints the policy that the bucket needs
${exitCodes}`;

/** Below the options of `convert`. */
export const convertExamples = `
Example:
  $ stylus-image convert images/edge.qcow2 --format vmdk,ova --format-option ova.cpus=4 --to ./out
  makes ./out/edge.vmdk and ./out/edge.ova; the disk is compressed once.

The same disk and tools give the same bytes. A size is rounded up to whole GiB.
${exitCodes}`;

/** Below the options of `export packer`. */
export const packerNotes = `
Example:
  $ stylus-image export packer --installer installer.iso --format qcow2,vmdk --to ./packer \\
      --palette-endpoint api.spectrocloud.com --edge-host-token-file token.txt
  $ (umask 077; packer build ./packer)
  $ packer build -only=vmdk.qemu.stylus ./packer/by-format

The folder gets template.pkr.hcl and template.json, which say the same, and seed.iso, which alone
holds the secrets. One install makes all formats; in by-format each format has one of its own, under
the names of the old builder. Packer needs \`stylus-image\` on PATH, which refuses a disk that is no
finished install and makes the formats. What \`build\` does besides, Packer does not: it boots no
image to prove it, knows a dead install from a slow one by its time limit only, and publishes nothing.
${exitCodes}`;

/** Below the options of `seed`. */
export const seedNotes = `
Example:
  $ stylus-image build --installer installer.iso --palette-endpoint api.spectrocloud.com \\
      --register-on-site --to ./images
  $ stylus-image seed --edge-host-id store-7 --edge-host-token-file token.txt --to ./seeds
  The one image has no token; the ISO goes into the CD drive of the machine at store 7.

A host reads it once, at its first boot. It holds the secrets of the site in plain text. The same
options give the same bytes, and what is published already is not made again.
${exitCodes}`;

/** Below the options of `publish`. */
export const publishNotes = `
Example:
  $ stylus-image publish out/edge.vmdk out/edge.qcow2 --to ./images --to s3://images/edge
  Names there carry the content's hash, so that nothing is ever overwritten, and the same file
  published again sends nothing. The result says how to remove it.

No resource owns what is published so: \`pulumi refresh\` does not look after it, and nothing replaces
it by a newer one. To look whether it is still there and unaltered, publish it again.
${exitCodes}`;

/** Below the options of `build`. */
export const buildExamples = `
Examples:
  An image for KubeVirt and one for bare metal, from a local installer:
  $ stylus-image build --installer installer.iso --format raw,qcow2 --to ./images \\
      --palette-endpoint api.spectrocloud.com --edge-host-token-file token.txt

  UEFI, from a server, published to a bucket:
  $ stylus-image build --installer https://example.com/installer.iso \\
      --checksum-url https://example.com/SHA256SUMS --firmware uefi --disk-size 60GiB \\
      --user-data user-data.yaml --to s3://images/edge --s3-region eu-central-1

Secrets are read from files (- is standard input, for one of them) and never from option values.
With --palette-endpoint and no --edge-host-token-file, the environment's EDGE_HOST_TOKEN is taken.
Where ISO_URL is set, it is the installer, and the old builder's PALETTE_ENDPOINT, REGISTRATION_URL,
DISK_SIZE, SSH_USER and SSH_PASSWORD are taken as well, where no option says otherwise.
Tokens for a web server: --to https://host/images --to-header @headers.txt ("Name: value" lines).
A registry: --to oci://host/team/images, with the login that \`docker login\` or \`skopeo login\` left.
KubeVirt's CDI: --to cdi://namespace, with the kubeconfig and context that kubectl would take.
S3 credentials come from the environment or a profile, as the AWS CLI reads them.
A second run for the same image only makes and publishes what is missing.
${exitCodes}`;
