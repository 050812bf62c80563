#include "support/unit.h"

#include <string.h>

#include "base/murmur2.h"

/* What Kafka's own tests of its partitioner expect. */
static void murmur2_gives_the_values_of_kafka(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        int32_t hash;
    } cases[] = {
        {"21", -973932308}, {"foobar", -790332482}, {"a-little-bit-long-string", -985981536}, {"a-little-bit-longer-string", -1486304829},
        {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971}, {"abc", 479470107},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal((int32_t)murmur2(cases[i].key, strlen(cases[i].key)), cases[i].hash);
    }
}

static void murmur2_partition_is_the_positive_hash_modulo_the_count(void **state)
{
    (void)state;
    assert_int_equal(murmur2_partition("abc", 3, 10), 479470107 % 10);
    assert_int_equal(murmur2_partition("21", 2, 1000), ((uint32_t)-973932308 & 0x7fffffff) % 1000);
    assert_int_equal(murmur2_partition("21", 2, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(murmur2_gives_the_values_of_kafka),
        cmocka_unit_test(murmur2_partition_is_the_positive_hash_modulo_the_count),
    };
    return RUN_TESTS(tests);
}
