/** A public key of OpenSSH, without a comment. */
export const publicKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILA3/n7ONMfFTCvGmtHjJpJ/50G83bW6O5iNkIAJJIec";
