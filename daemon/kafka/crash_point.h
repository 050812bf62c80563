/* Named places where a test build dies, as kill -9 would: CUBED_CRASH=NAME or NAME:N (the N-th passage); or where a thread
 * stands for 20 seconds, as in a call that does not return: CUBED_STAND.
 * Without CUBED_CRASH_POINTS at compile time they are nothing at all. */
#ifndef CUBE_KAFKA_CRASH_POINT_H
#define CUBE_KAFKA_CRASH_POINT_H

/* before_begin after_begin before_produce after_produce before_offsets after_offsets before_commit
 * after_commit changelog_flush restore_begin restore_middle. Any thread. */
#ifdef CUBED_CRASH_POINTS
void crash_point(const char *name);
#else
static inline void crash_point(const char *name)
{
    (void)name;
}
#endif

#endif
