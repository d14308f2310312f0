#!/usr/bin/env perl
# SPDX-License-Identifier: Apache-2.0
#
# Who is to hear of a patch: reads MAINTAINERS. Takes the options of the script of the same
# name that kernel developers know, and answers in its format.
use strict;
use warnings;
use Getopt::Long qw(:config no_auto_abbrev);

my %want = (email => 1, m => 1, r => 1, l => 1, n => 1, rolestats => 1, roles => 0, keywords => 1);
my $by_file = 0;
my @negatable = qw(email m r l n rolestats roles keywords git git-fallback git-blame);

sub usage {
	print <<"END";
usage: get_maintainer.pl [options] patchfile
       get_maintainer.pl [options] -f file|folder
With no patchfile, the patch is read from standard input.

 --[no]email       who to mail (default on)
 --[no]m --[no]r --[no]l   maintainers, reviewers, lists (default on)
 --[no]n           names with the addresses (default on)
 --[no]rolestats --[no]roles   why each is listed (default on)
 --[no]keywords    look for the K: patterns in the patch (default on)
 --[no]git --[no]git-fallback --[no]git-blame --git-min-percent=N
                   accepted; MAINTAINERS covers every file, so history is not asked
 -f, --file        the arguments are files of the tree, not patches
END
	exit($_[0]);
}

GetOptions(
	(map { my $name = $_; ("$name!" => sub { $want{$name} = $_[1] }) } @negatable),
	'git-min-percent=i' => sub { },
	'f|file' => \$by_file,
	'h|help' => sub { usage(0) },
) or usage(1);

# Sections: a title, then lines of a letter, a colon and a value.
sub read_sections {
	my ($path) = @_;
	my (@sections, $title);
	open(my $in, '<', $path) or die "get_maintainer.pl: $path: $!\n";
	while (my $line = <$in>) {
		chomp($line);
		if ($line =~ /^([A-Z]):\s*(.*?)\s*$/) {
			push @sections, { title => $title } if !@sections || $sections[-1]{title} ne $title;
			push @{$sections[-1]{$1}}, $2;
		} elsif ($line =~ /\S/) {
			$title = $line;
		}
	}
	return @sections;
}

# A folder means all below it; a * does not cross folders, but "*/" reaches everything.
sub glob_to_regex {
	my ($glob) = @_;
	my $below = $glob =~ s{/$}{};
	my $regex = quotemeta($glob);
	$regex =~ s{\\\*}{[^/]*}g;
	return $below ? qr{^$regex(?:/|$)} : qr{^$regex(?:/[^/]*)?$};
}

# How many parts of the path the best pattern names, 0 when none matches.
sub depth {
	my ($section, $file) = @_;
	return 0 if grep { $file =~ glob_to_regex($_) } @{$section->{X} || []};
	my $best = 0;
	foreach my $glob (@{$section->{F} || []}) {
		next if $file !~ glob_to_regex($glob);
		my $parts = () = $glob =~ m{[^/*]+}g;
		$best = $parts + 1 if $parts + 1 > $best;
	}
	foreach my $regex (@{$section->{N} || []}) {
		$best = 1 if $file =~ /$regex/ && $best == 0;
	}
	return $best;
}

sub files_of_patch {
	my ($patch) = @_;
	my %seen;
	my @files = grep { !$seen{$_}++ } map { defined $_ ? $_ : () }
		$patch =~ m{^(?:\+\+\+ b/|--- a/|rename (?:from|to) )(\S+)}mg;
	return @files;
}

sub read_patch {
	my ($path) = @_;
	my $in = \*STDIN;
	open($in, '<', $path) or die "get_maintainer.pl: $path: $!\n" if defined $path;
	local $/;
	return scalar(<$in>) // '';
}

my %status_role = (
	supported => 'supporter', maintained => 'maintainer', 'odd fixes' => 'odd fixer',
	orphan => 'orphan minder', obsolete => 'obsolete minder',
);

sub role {
	my ($kind, $section, $value) = @_;
	my $title = $section->{title} eq 'THE REST' ? '' : ":$section->{title}";
	if ($kind eq 'L') {
		return ($value =~ /moderated/ ? 'moderated list' : 'open list') . $title;
	}
	return "reviewer:$section->{title}" if $kind eq 'R';
	my $status = lc(($section->{S} || ['maintained'])->[0]);
	return ($status_role{$status} || 'maintainer') . ":$section->{title}";
}

sub entry {
	my ($kind, $section, $value) = @_;
	my ($address) = $value =~ /([^\s<>]+\@[^\s<>]+)/ or return ();
	my $shown = $want{n} && $kind ne 'L' && $value =~ /^(.+?)\s*</ ? "$1 <$address>" : $address;
	$shown .= ' (' . role($kind, $section, $value) . ')' if $want{rolestats} || $want{roles};
	return { address => lc($address), shown => $shown };
}

my $root = -e 'MAINTAINERS' ? '.' : ($0 =~ m{^(.*)/scripts/[^/]+$} ? $1 : '.');
my (@files, $patches);
if ($by_file) {
	usage(1) if !@ARGV;
	foreach my $file (@ARGV) {
		die "get_maintainer.pl: file '$file' not found\n" if !-e "$root/$file";
		push @files, $file =~ s{/+$}{}r;
	}
	$patches = '';
} else {
	$patches = join("\n", map { read_patch($_) } @ARGV ? @ARGV : (undef));
	@files = files_of_patch($patches);
	die "get_maintainer.pl: not a patch.  Add -f to options?\n" if !@files;
}

my @sections = read_sections("$root/MAINTAINERS");
my %best;
foreach my $index (0 .. $#sections) {
	my $section = $sections[$index];
	my @depths = sort { $b <=> $a } map { depth($section, $_) } @files;
	my $found = $depths[0];
	if (!$found && $want{keywords} && grep { $patches =~ /^[+-].*(?:$_)/m } @{$section->{K} || []}) {
		$found = 1;
	}
	$best{$index} = $section->{title} eq 'THE REST' ? 0 : $found if $found;
}
my @chosen = map { $sections[$_] } sort { $best{$b} <=> $best{$a} || $a <=> $b } keys %best;

my (%seen, @people, @lists);
my @nearer = grep { $_->{title} ne 'THE REST' && $_->{M} } @chosen;
foreach my $section (@chosen) {
	my $rest = $section->{title} eq 'THE REST' && @nearer;
	foreach my $kind ('M', 'R') {
		next if !$want{lc $kind} || $rest;
		push @people, map { entry($kind, $section, $_) } @{$section->{$kind} || []};
	}
	push @lists, map { entry('L', $section, $_) } @{$section->{L} || []} if $want{l};
}
if ($want{email}) {
	print map { "$_->{shown}\n" } grep { !$seen{$_->{address}}++ } @people, @lists;
}
