# What yip (gopkg.in/yaml.v2 and v3) can decode of a cloud-config. It knows one answer for a whole file: a value of
# another type anywhere in `stages` drops all stages of the file, without a message; one in the keys of cloud-init
# drops the file and all others of its folder.
use strict;
use warnings;

my $number = sub { my ($value) = @_; !ref $value && ( $value =~ /\A0o[0-7]+\z/ || is_number($value) && $value =~ /\A-?\d+\z/ ) };
my $size   = sub { my ($value) = @_; $number->($value) && $value !~ /\A-/ };
my $text   = sub { !ref $_[0] };
my $truth  = sub { my ($value) = @_; !ref $value && ( is_bool($value) || $value =~ /\A(?:y|yes|n|no|on|off)\z/i ) };

sub list_with { my ($item)  = @_; return { list  => $item } }
sub map_with  { my ($value) = @_; return { map   => $value } }
sub struct    { my (%keys)  = @_; return { known => \%keys } }
sub each_is   { my ( $type, @keys ) = @_; return map { $_ => $type } @keys }

my $texts = list_with($text);
my $owned = sub { return ( path => $text, each_is( $size, 'permissions' ), each_is( $number, qw(owner group) ) ) };
my %user  = (
    each_is( $text,  qw(name passwd gecos homedir primary_group shell uid) ),
    each_is( $texts, qw(ssh_authorized_keys groups) ),
    each_is( $truth, qw(no_create_home no_user_group system no_log_init lock_passwd) ),
);
my $partition = struct( each_is( $text, qw(fsLabel pLabel filesystem) ), size => $size );

my $step = struct(
    each_is( $texts, qw(commands modules) ),
    each_is( $text, qw(if hostname name node environment_file only_os only_os_version only_arch only_service_manager) ),
    each_is( map_with($text), qw(sysctl environment systemd_firstboot timesyncd) ),
    each_is( list_with( struct( each_is( $text, qw(path entity) ) ) ), qw(ensure_entities delete_entities) ),
    files           => list_with( struct( $owned->(), each_is( $text, qw(content encoding ownerstring) ) ) ),
    downloads       => list_with( struct( $owned->(), each_is( $text, qw(url ownerstring) ), timeout => $number ) ),
    directories     => list_with( struct( $owned->() ) ),
    dns             => struct( each_is( $texts, qw(nameservers search options) ), path => $text ),
    authorized_keys => map_with($texts),
    users           => map_with( struct(%user) ),
    systemctl       => struct(
        each_is( $texts, qw(enable disable start mask) ),
        overrides => list_with( struct( each_is( $text, qw(service content name) ) ) ),
    ),
    packages => struct( each_is( $texts, qw(install remove) ), each_is( $truth, qw(refresh upgrade) ) ),
    unpack_images => list_with( struct( each_is( $text, qw(source target platform) ) ) ),
    after         => list_with( struct( name => $text ) ),
    datasource    => struct( providers => $texts, path => $text ),
    layout        => struct(
        device           => struct( each_is( $text, qw(label path) ) ),
        expand_partition => struct( size => $size ),
        add_partitions   => list_with($partition),
    ),
    git => struct(
        each_is( $text, qw(url path branch) ),
        branch_only => $truth,
        auth => struct( each_is( $text, qw(username password private_key public_key) ), insecure => $truth ),
    ),
);
my $yip        = struct( name => $text, stages => map_with( list_with($step) ) );
my $cloud_init = struct(
    each_is( $texts, qw(ssh_authorized_keys runcmd) ),
    hostname => $text,
    users    => list_with( struct( %user, each_is( $text, qw(coreos_ssh_import_github coreos_ssh_import_url) ) ) ),
    each_is( list_with( struct( each_is( $text, qw(encoding content owner path permissions) ) ) ), qw(write_files milpa_files) ),
    growpart => struct( mode => $text, devices => $texts ),
);

sub has_type {
    my ( $value, $type ) = @_;
    return 1                if !defined $value;
    return $type->($value)  if ref $type eq 'CODE';
    if ( my $item = $type->{list} ) {
        return ref $value eq 'ARRAY' && !grep { !has_type( $_, $item ) } @$value;
    }
    return 0 if ref $value ne 'HASH';
    if ( my $member = $type->{map} ) {
        return !grep { !has_type( $_, $member ) } values %$value;
    }
    return !grep { exists $type->{known}{$_} && !has_type( $value->{$_}, $type->{known}{$_} ) } keys %$value;
}

sub cloud_init_loads { return has_type( $_[0], $cloud_init ) }
sub stages_load      { return has_type( $_[0], $yip ) }

# The stages that yip sees in a configuration: all of them, or none.
sub decoded_stages {
    my ($config) = @_;
    return stages_load($config) ? map_of( $config->{stages} ) : {};
}

sub map_of { my ($value) = @_; return ref $value eq 'HASH' ? $value : {} }
sub is_bool { no warnings; return builtin::is_bool( $_[0] ) }

# A scalar that was written without quotes and looks like a number carries a number flag, and the
# bitwise operators of perl treat it as one.
sub is_number { no warnings 'numeric'; my $empty = ''; return length( $empty & $_[0] ) ? 1 : 0 }

1;
