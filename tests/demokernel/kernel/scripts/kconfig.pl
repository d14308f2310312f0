#!/usr/bin/env perl
# SPDX-License-Identifier: Apache-2.0
#
# kconfig.pl COMMAND OBJECTS: the part of Kconfig this kernel needs.
#   defconfig     writes OBJECTS/.config from the defaults
#   olddefconfig  keeps what OBJECTS/.config says, adds defaults, drops unknown symbols
#   syncconfig    writes include/config/auto.conf and include/generated/autoconf.h
use strict;
use warnings;

my ($command, $objects) = @ARGV;
my (@symbols, %value, $title);

sub read_lines {
	my ($path) = @_;
	open(my $in, '<', $path) or die "$path: $!\n";
	my @lines = <$in>;
	close($in);
	chomp(@lines);
	return @lines;
}

# Symbols in order, each with name, type (bool or int), default, range, dependencies.
sub read_kconfig {
	my ($path) = @_;
	my ($symbol, $help_indent);
	foreach my $line (read_lines($path)) {
		my ($indent) = $line =~ /^(\s*)/;
		next if $line !~ /\S/;
		next if defined $help_indent && length($indent) > 0 && $line !~ /^\t\S/;
		undef $help_indent;
		if ($line =~ /^source\s+"(.+)"/) {
			read_kconfig($1);
		} elsif ($line =~ /^mainmenu\s+"(.+)"/) {
			$title = $1;
		} elsif ($line =~ /^config\s+(\w+)$/) {
			$symbol = { name => $1, depends => [] };
			push @symbols, $symbol;
		} elsif ($line =~ /^\s+(bool|int)\b/) {
			$symbol->{type} = $1;
		} elsif ($line =~ /^\s+default\s+(\S+)/) {
			$symbol->{default} = $1;
		} elsif ($line =~ /^\s+range\s+(\d+)\s+(\d+)/) {
			$symbol->{range} = [$1, $2];
		} elsif ($line =~ /^\s+depends on\s+(.+)/) {
			push @{$symbol->{depends}}, split(/\s*&&\s*/, $1);
		} elsif ($line =~ /^\s+help$/) {
			$help_indent = 1;
		} elsif ($line !~ /^#/) {
			die "$path: not understood: $line\n";
		}
	}
}

sub read_config {
	my ($path) = @_;
	return if !-e $path;
	foreach my $line (read_lines($path)) {
		$value{$1} = $2 if $line =~ /^CONFIG_(\w+)=(.*)/;
		$value{$1} = 'n' if $line =~ /^# CONFIG_(\w+) is not set/;
	}
}

sub valid {
	my ($symbol, $value) = @_;
	return 0 if !defined $value;
	return $value =~ /^[yn]$/ if $symbol->{type} eq 'bool';
	return 0 if $value !~ /^\d+$/;
	my $range = $symbol->{range} or return 1;
	return $value >= $range->[0] && $value <= $range->[1];
}

# Settles every symbol; one whose dependencies are off has no value.
sub settle {
	foreach my $symbol (@symbols) {
		my $name = $symbol->{name};
		my $default = $symbol->{default} // ($symbol->{type} eq 'bool' ? 'n' : 0);
		if (grep { ($value{$_} // 'n') ne 'y' } @{$symbol->{depends}}) {
			delete $value{$name};
		} elsif (!valid($symbol, $value{$name})) {
			$value{$name} = $default;
		}
	}
}

sub write_if_changed {
	my ($path, $text) = @_;
	my $old = -e $path ? join("\n", read_lines($path)) . "\n" : '';
	return if $old eq $text;
	write_file($path, $text);
}

sub write_file {
	my ($path, $text) = @_;
	open(my $out, '>', $path) or die "$path: $!\n";
	print $out $text;
	close($out) or die "$path: $!\n";
}

sub each_value {
	my ($format) = @_;
	return join('', map { $format->($_->{name}, $value{$_->{name}}) }
			grep { defined $value{$_->{name}} } @symbols);
}

sub config_line {
	my ($name, $value) = @_;
	return $value eq 'n' ? "# CONFIG_$name is not set\n" : "CONFIG_$name=$value\n";
}

sub define_line {
	my ($name, $value) = @_;
	return '' if $value eq 'n';
	return "#define CONFIG_$name " . ($value eq 'y' ? 1 : $value) . "\n";
}

sub make_line {
	my ($name, $value) = @_;
	return $value eq 'n' ? '' : "CONFIG_$name=$value\n";
}

read_kconfig('Kconfig');
read_config("$objects/.config") if $command ne 'defconfig';
settle();
if ($command eq 'syncconfig') {
	system('mkdir', '-p', "$objects/include/config", "$objects/include/generated") == 0
		or die "cannot create $objects/include\n";
	write_if_changed("$objects/include/generated/autoconf.h", each_value(\&define_line));
	write_file("$objects/include/config/auto.conf", each_value(\&make_line));
} else {
	my $head = "#\n# Automatically generated file; DO NOT EDIT.\n# $title\n#\n";
	write_if_changed("$objects/.config", $head . each_value(\&config_line));
	print "#\n# configuration written to .config\n#\n";
}
