#!/usr/bin/perl
# Writes modules.dep and modules.alias for the modules below FOLDER, in place of depmod.
#   index-modules.pl FOLDER
use strict;
use warnings;
use File::Find;

my ($folder) = @ARGV;
my ( %path_of, %needs, @aliases );

find(
    {
        no_chdir => 1,
        wanted   => sub {
            return if !m{\A\Q$folder\E/((?:.*/)?([^/]+)\.ko)\z};
            my ( $path, $name ) = ( $1, canonical($2) );
            open my $file, '<:raw', $_ or die "$_: $!\n";
            my $text = do { local $/; <$file> };
            $path_of{$name} = $path;
            my ($depends) = $text =~ /\0depends=([^\0]*)\0/;
            $needs{$name} = [ map { canonical($_) } split /,/, $depends // '' ];
            push @aliases, map { "alias $_ $name\n" } $text =~ /\0alias=([^\0]*)(?=\0)/g;
        },
    },
    $folder
);

write_lines( 'modules.dep',   map { "$path_of{$_}:" . join( '', map { " $path_of{$_}" } dependencies($_) ) . "\n" } sort keys %path_of );
write_lines( 'modules.alias', sort @aliases );

sub canonical { my ($name) = @_; $name =~ tr/-/_/; return $name }

# What has to be loaded before NAME, the nearest first.
sub dependencies {
    my ($name) = @_;
    my ( @ordered, %seen );
    my @queue = @{ $needs{$name} };
    while ( defined( my $needed = shift @queue ) ) {
        die "module $name needs $needed, which is not in modules.txt\n" if !$path_of{$needed};
        @ordered = grep { $_ ne $needed } @ordered if $seen{$needed}++;
        push @ordered, $needed;
        push @queue, @{ $needs{$needed} };
    }
    return @ordered;
}

sub write_lines {
    my ( $name, @lines ) = @_;
    open my $file, '>', "$folder/$name" or die "$folder/$name: $!\n";
    print {$file} @lines;
    close $file or die "$folder/$name: $!\n";
}
