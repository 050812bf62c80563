/* Commit records: whatever stands in one, reading it ends with a code, and what was read is written and read again
 * as the same. */
#include "fuzz.h"

#include <string.h>

#include "proto/commit_record.h"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("\x02\x07\x02\x01\x02\xb9\x60\x80\x80\xe6\x82\xb9\x66\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x80\x80\xe6\x82\xb9\x66\x02\x04\x02"
              "\x00\x14\x28\x80\x80\xe6\x82\xb9\x66\x10\xb0\xf0\xe5\x82\xb9\x66\x05\x01\x00\x01\x00\x01\x00\x0a\xff\xff\xff\xff\xff\xff\xff\xff"
              "\xff\x01\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x05\x00\x00\x00\x00\x02\x03\x01\x01\x80\x80\xe6\x82\xb9\x66\x00\x00\x00\xff"
              "\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01\x00\x12"),
    {NULL, 0},
};

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct commit_record r = {0}, again = {0};
    struct buf once = {0}, twice = {0};
    if (commit_record_decode(at, len, &r) == 0) {
        FUZZ_CHECK(r.input_count <= COMMIT_INPUTS_MAX && r.peer_count <= len && r.refused_count <= len);
        FUZZ_CHECK(commit_record_encode(&r, &once) == 0);
        FUZZ_CHECK(commit_record_decode(once.at, once.len, &again) == 0);
        FUZZ_CHECK(commit_record_encode(&again, &twice) == 0);
        FUZZ_CHECK(once.len == twice.len && memcmp(once.at, twice.at, once.len) == 0);
    }
    commit_record_close(&r);
    commit_record_close(&again);
    buf_close(&once);
    buf_close(&twice);
    return 0;
}
