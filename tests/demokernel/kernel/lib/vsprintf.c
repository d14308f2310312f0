// SPDX-License-Identifier: Apache-2.0
#include <kernel/kallsyms.h>
#include <kernel/printk.h>
#include <kernel/string.h>

struct spec {
	bool zero, left, alternate, is_signed;
	int width, precision; /* no more than this of a string; -1: all of it */
	int length; /* bytes of the argument */
	int base;
};

struct out {
	char *at, *end;
};

static void put(struct out *out, char c)
{
	if (out->at < out->end)
		*out->at = c;
	out->at++;
}

static void put_padded(struct out *out, const struct spec *spec, const char *s, int n)
{
	int pad = spec->width - n;

	for (; !spec->left && pad > 0; pad--)
		put(out, ' ');
	for (int i = 0; i < n; i++)
		put(out, s[i]);
	for (; pad > 0; pad--)
		put(out, ' ');
}

static void put_string(struct out *out, const struct spec *spec, const char *s)
{
	int n;

	s = s ? s : "(null)";
	n = strlen(s);
	put_padded(out, spec, s, spec->precision < 0 ? n : min(n, spec->precision));
}

static void put_number(struct out *out, const struct spec *spec, u64 value)
{
	char text[72];
	int digits = spec->zero ? min(spec->width, 64) : 1, at = sizeof(text), n = 0;
	bool negative = spec->is_signed && (s64)value < 0;

	if (negative) {
		value = -value;
		digits -= spec->zero;
	}
	for (; value || n < digits; n++, value /= spec->base)
		text[--at] = "0123456789abcdef"[value % spec->base];
	if (spec->alternate) {
		text[--at] = 'x';
		text[--at] = '0';
	}
	if (negative)
		text[--at] = '-';
	put_padded(out, spec, text + at, sizeof(text) - at);
}

/* %p: the address; %pS: the symbol there. */
static const char *put_pointer(struct out *out, struct spec *spec, u64 value, const char *fmt)
{
	char symbol[KSYM_SYMBOL_LEN];

	if (*fmt == 'S') {
		put_padded(out, spec, symbol, sprint_symbol(symbol, sizeof(symbol), value));
		return fmt + 1;
	}
	spec->base = 16;
	spec->zero = true;
	spec->width = 16;
	put_number(out, spec, value);
	return fmt;
}

static const char *parse_spec(struct spec *spec, const char *fmt, va_list *args)
{
	*spec = (struct spec){ .precision = -1, .length = sizeof(int), .base = 10 };
	for (;; fmt++) {
		if (*fmt == '0')
			spec->zero = true;
		else if (*fmt == '-')
			spec->left = true;
		else if (*fmt == '#')
			spec->alternate = true;
		else
			break;
	}
	for (; *fmt >= '0' && *fmt <= '9'; fmt++)
		spec->width = 10 * spec->width + *fmt - '0';
	if (fmt[0] == '.' && fmt[1] == '*') {
		spec->precision = va_arg(*args, int);
		fmt += 2;
	}
	for (; *fmt == 'l' || *fmt == 'z'; fmt++)
		spec->length = sizeof(long);
	return fmt;
}

static u64 next_number(const struct spec *spec, va_list *args)
{
	if (spec->length == sizeof(long))
		return va_arg(*args, u64);
	return spec->is_signed ? (u64)(s64)va_arg(*args, int) : va_arg(*args, unsigned int);
}

static const char *convert(struct out *out, const char *fmt, va_list *args)
{
	struct spec spec;

	fmt = parse_spec(&spec, fmt, args);
	switch (*fmt++) {
	case 'd':
	case 'i':
		spec.is_signed = true;
		put_number(out, &spec, next_number(&spec, args));
		break;
	case 'x':
		spec.base = 16;
		put_number(out, &spec, next_number(&spec, args));
		break;
	case 'u':
		put_number(out, &spec, next_number(&spec, args));
		break;
	case 'c':
		put(out, va_arg(*args, int));
		break;
	case 's':
		put_string(out, &spec, va_arg(*args, const char *));
		break;
	case 'p':
		return put_pointer(out, &spec, va_arg(*args, u64), fmt);
	case '%':
		put(out, '%');
		break;
	default: /* an unknown conversion ends the text: its arguments are unknown too */
		return "";
	}
	return fmt;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out out = { buf, size ? buf + size - 1 : buf };
	va_list args;

	va_copy(args, ap);
	while (*fmt) {
		if (*fmt != '%')
			put(&out, *fmt++);
		else
			fmt = convert(&out, fmt + 1, &args);
	}
	va_end(args);
	if (size)
		*min(out.at, out.end) = '\0';
	return out.at - buf;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return length;
}
