#!/usr/bin/env perl
# SPDX-License-Identifier: Apache-2.0
#
# nm -n vmlinux | kallsyms.pl: the table kernel/kallsyms.c searches, as assembly.
use strict;
use warnings;

my (@addresses, @names);
while (<STDIN>) {
	my ($address, $type, $name) = split;
	next if $type !~ /^[tT]$/ || $name =~ /^_e?text$/;
	next if @addresses && $addresses[-1] eq $address;
	push @addresses, $address;
	push @names, $name;
}

my ($offset, $text) = (0, '');
print "\t.section .kallsyms, \"a\"\n";
print "\t.globl kallsyms_num_syms, kallsyms_addresses, kallsyms_names, kallsyms_text\n";
print "kallsyms_num_syms:\n\t.quad ", scalar(@names), "\n";
print "kallsyms_addresses:\n", map { "\t.quad 0x$_\n" } @addresses;
print "kallsyms_names:\n";
foreach my $name (@names) {
	print "\t.long $offset\n";
	$offset += length($name) + 1;
	$text .= "\t.asciz \"$name\"\n";
}
print "kallsyms_text:\n$text";
