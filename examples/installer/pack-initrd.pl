#!/usr/bin/perl
# Writes FOLDER as a cpio archive (newc) to standard output: sorted, owned by root, with one date,
# and with /dev/console, which an ordinary user cannot create in the folder.
#   pack-initrd.pl FOLDER SECONDS
use strict;
use warnings;
use File::Find;

my ( $folder, $seconds ) = @ARGV;
my ( @paths, $inode );

binmode STDOUT;
find( { no_chdir => 1, wanted => sub { push @paths, $1 if m{\A\Q$folder\E/(.+)\z} } }, $folder );
entry( $_, entry_of($_) ) for sort @paths;
entry( 'dev/console', mode => oct '020600', device => [ 5, 1 ], content => '' );
entry( 'TRAILER!!!', mode => 0, content => '' );

sub entry_of {
    my ($path) = @_;
    my $file = "$folder/$path";
    return ( mode => oct '0120777', content => readlink $file ) if -l $file;
    return ( mode => oct '040755', content => '' ) if -d $file;
    open my $handle, '<:raw', $file or die "$file: $!\n";
    local $/;
    return ( mode => oct( -x $file ? '0100755' : '0100644' ), content => scalar <$handle> // '' );
}

sub entry {
    my ( $path, %entry ) = @_;
    my ( $major, $minor ) = @{ $entry{device} // [ 0, 0 ] };
    my @fields = (
        ++$inode, $entry{mode}, 0, 0, 1, $seconds, length $entry{content},
        0, 0, $major, $minor, 1 + length $path, 0
    );
    print padded( '070701' . join( '', map { sprintf '%08X', $_ } @fields ) . "$path\0" ), padded( $entry{content} );
}

sub padded { my ($bytes) = @_; return $bytes . "\0" x ( -length($bytes) % 4 ) }
