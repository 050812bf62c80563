/* money.minute_rate: what a minute of service costs, for all categories of cost or for each. */
#include "config/value.h"
#include "config/whole.h"

#define RATE_DEFAULT (3 * FIXED_ONE / 4)
#define RATE_MAX 1e9

static const char *rate_at(const void *context, uint32_t i)
{
    (void)context;
    return i < CATEGORY_COUNT ? category_names[i].at : i == CATEGORY_COUNT ? "default" : NULL;
}

static bool rate_read(struct whole *w, const struct yaml *node, int64_t *ret_rate)
{
    double size;
    return value_double(&w->problems, node, "money.minute_rate", 0, RATE_MAX, &size) &&
           value_micro(&w->problems, node, "money.minute_rate", ret_rate);
}

static void rates_set(int64_t *rates, int64_t rate)
{
    for (int c = 0; c < CATEGORY_COUNT; c++) {
        rates[c] = rate;
    }
}

static void rate_of_category(struct whole *w, const struct yaml *node, int64_t *rates)
{
    const char *name = node->key->text;
    uint32_t c = 0;
    while (c < CATEGORY_COUNT && strcmp(rate_at(NULL, c), name) != 0) {
        c++;
    }
    if (c < CATEGORY_COUNT) {
        (void)rate_read(w, node, &rates[c]);
    } else if (strcmp(name, "default") != 0) {
        problem_error(&w->problems, node->key, "\"%s\" is no category of cost%s", name,
                      problem_hint(&w->problems, name, rate_at, NULL));
    }
}

void rates_compile(struct whole *w, const struct yaml *node)
{
    int64_t *rates = w->config.model.minute_rates, rate = RATE_DEFAULT;
    rates_set(rates, rate);
    if (!node) {
        return;
    }
    bool map = node->type == YAML_MAP;
    const struct yaml *all = map ? yaml_get(node, "default") : node;
    if (all && rate_read(w, all, &rate)) {
        rates_set(rates, rate);
    }
    YAML_EACH(value, map ? node : NULL)
    {
        rate_of_category(w, value, rates);
    }
}

static void rate_print(int64_t rate, FILE *out)
{
    char at[32];
    micro_text(rate, at);
    fputs(at, out);
}

void rates_print(const struct whole *w, FILE *out)
{
    const int64_t *rates = w->config.model.minute_rates;
    bool one = true;
    for (int c = 1; c < CATEGORY_COUNT; c++) {
        one = one && rates[c] == rates[0];
    }
    if (one) {
        rate_print(rates[0], out);
        return;
    }
    for (int c = 0; c < CATEGORY_COUNT; c++) {
        fprintf(out, "%s%s: ", c == 0 ? "{" : ", ", category_names[c].at);
        rate_print(rates[c], out);
    }
    fputc('}', out);
}
