/* SPDX-License-Identifier: MIT */
/* core/options_security.c - the options of security: mechanism, credentials, ZAP, metadata.
 *
 * The one that was set last decides on the mechanism: setting a credential makes a PLAIN client,
 * giving it up (NULL) goes back to ZMQ_NULL.  CURVE and GSSAPI are left out, as in a libzmq that
 * was built without them.  */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "core/include/proctor/zmq.h"
#include "core/metadata.h"
#include "core/options.h"

/* <zmq.h> declares these for drafts only; every build of libzmq 4.3.4 knows them.  */
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#define ZMQ_METADATA           95

#define TEXT_MAX 255

/* A text is followed by its size in struct pr_options.  */
struct text_option {
	int option; /* ZMQ_x */
	size_t offset, size_offset;
	bool is_credential;
};

#define TEXT(name) offsetof(struct pr_options, name), offsetof(struct pr_options, name##_size)

static const struct text_option texts[] = {
        {ZMQ_PLAIN_USERNAME, TEXT(plain_username), true},
        {ZMQ_PLAIN_PASSWORD, TEXT(plain_password), true},
        {ZMQ_ZAP_DOMAIN, TEXT(zap_domain), false},
};

static const struct text_option *find_text(int option)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].option == option)
			return &texts[i];
	return NULL;
}

static int set_text(struct pr_options *options, const struct text_option *text, const void *value,
                    size_t size)
{
	uint8_t *field = (uint8_t *)options + text->offset;

	if (text->is_credential && !value && size == 0) {
		options->mechanism = ZMQ_NULL;
		return 0;
	}
	if (!value || size == 0 || size > TEXT_MAX)
		return EINVAL;
	memcpy(field, value, size);
	field[size] = '\0';
	memcpy((uint8_t *)options + text->size_offset, &size, sizeof(size));
	if (text->is_credential) {
		options->mechanism = ZMQ_PLAIN;
		options->as_server = 0;
	}
	return 0;
}

static int get_text(const struct pr_options *options, const struct text_option *text, void *value,
                    size_t *size)
{
	size_t text_size;

	memcpy(&text_size, (const uint8_t *)options + text->size_offset, sizeof(text_size));
	if (*size < text_size + 1)
		return EINVAL;
	memcpy(value, (const uint8_t *)options + text->offset, text_size + 1);
	*size = text_size + 1;
	return 0;
}

/* Was a name given before?  libzmq keeps the first value.  */
static bool has_metadata(const struct pr_options *options, const char *name, size_t name_size)
{
	const uint8_t *at = options->metadata;
	size_t size = options->metadata_size;
	struct pr_property property;

	while (pr_property_next(&at, &size, &property) > 0)
		if (property.name_size == name_size && memcmp(property.name, name, name_size) == 0)
			return true;
	return false;
}

/* "X-name:value".  As everything that is as long as an int is one, libzmq takes no text of four
 * bytes.  */
static int set_metadata(struct pr_options *options, const char *text, size_t size)
{
	const char *colon = text && size > 0 ? memchr(text, ':', size) : NULL;
	size_t name_size = colon ? (size_t)(colon - text) : 0;
	size_t value_size = colon ? size - name_size - 1 : 0;
	char name[UCHAR_MAX + 1];

	if (size == sizeof(int) || name_size < 2 || name_size > UCHAR_MAX || value_size == 0 ||
	    memcmp(text, "X-", 2) != 0)
		return EINVAL;
	value_size = strnlen(colon + 1, value_size);
	memcpy(name, text, name_size);
	name[name_size] = '\0';
	if (strlen(name) < name_size)
		return EINVAL;
	if (has_metadata(options, name, name_size))
		return 0;
	if (1 + name_size + 4 + value_size > PR_OPTIONS_METADATA_MAX - options->metadata_size)
		return EINVAL;
	options->metadata_size += pr_property_put(options->metadata + options->metadata_size, name,
	                                          colon + 1, value_size);
	return 0;
}

int pr_options_set_security(struct pr_options *options, int option, const void *value, size_t size)
{
	const struct text_option *text = find_text(option);
	int number;

	if (text)
		return set_text(options, text, value, size);
	if (option == ZMQ_METADATA)
		return set_metadata(options, value, size);
	if (option != ZMQ_PLAIN_SERVER && option != ZMQ_ZAP_ENFORCE_DOMAIN)
		return ENOENT;
	if (!value || size != sizeof(number))
		return EINVAL;
	memcpy(&number, value, sizeof(number));
	if (option == ZMQ_ZAP_ENFORCE_DOMAIN) {
		options->zap_enforce_domain = number != 0;
		return 0;
	}
	if (number != 0 && number != 1)
		return EINVAL;
	options->as_server = number;
	options->mechanism = number ? ZMQ_PLAIN : ZMQ_NULL;
	return 0;
}

int pr_options_get_security(const struct pr_options *options, int option, void *value, size_t *size)
{
	const struct text_option *text = find_text(option);
	int number;

	if (text)
		return get_text(options, text, value, size);
	switch (option) {
	case ZMQ_MECHANISM:
		number = options->mechanism;
		break;
	case ZMQ_PLAIN_SERVER:
		number = options->as_server && options->mechanism == ZMQ_PLAIN;
		break;
	case ZMQ_ZAP_ENFORCE_DOMAIN:
		number = options->zap_enforce_domain;
		break;
	default:
		return ENOENT;
	}
	if (*size != sizeof(number))
		return EINVAL;
	memcpy(value, &number, sizeof(number));
	return 0;
}
