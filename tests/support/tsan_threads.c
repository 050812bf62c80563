/* librdkafka starts its threads with C11's thrd_create, of which this compiler's thread sanitizer knows nothing
 * and at whose first allocation it crashes. In sanitized programs these stand in front of the C library's, by
 * way of functions the sanitizer knows. glibc's types are the same underneath. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

struct start {
    thrd_start_t run;
    void *arg;
};

static int result(int error)
{
    return error == 0 ? thrd_success : error == ETIMEDOUT ? thrd_timedout : error == EBUSY ? thrd_busy : error == ENOMEM ? thrd_nomem : thrd_error;
}

static void *begin(void *at)
{
    struct start s = *(struct start *)at;
    free(at);
    return (void *)(intptr_t)s.run(s.arg);
}

int thrd_create(thrd_t *t, thrd_start_t run, void *arg)
{
    struct start *s = malloc(sizeof(*s));
    if (!s) {
        return thrd_nomem;
    }
    *s = (struct start){run, arg};
    int error = pthread_create((pthread_t *)t, NULL, begin, s);
    if (error) {
        free(s);
    }
    return result(error);
}

int thrd_join(thrd_t t, int *ret)
{
    void *value = NULL;
    int error = pthread_join((pthread_t)t, &value);
    if (ret) {
        *ret = (int)(intptr_t)value;
    }
    return result(error);
}

int mtx_init(mtx_t *m, int type)
{
    pthread_mutexattr_t a;
    pthread_mutexattr_init(&a);
    pthread_mutexattr_settype(&a, type & mtx_recursive ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
    int error = pthread_mutex_init((pthread_mutex_t *)m, &a);
    pthread_mutexattr_destroy(&a);
    return result(error);
}

int mtx_lock(mtx_t *m)
{
    return result(pthread_mutex_lock((pthread_mutex_t *)m));
}

int mtx_trylock(mtx_t *m)
{
    return result(pthread_mutex_trylock((pthread_mutex_t *)m));
}

int mtx_unlock(mtx_t *m)
{
    return result(pthread_mutex_unlock((pthread_mutex_t *)m));
}

void mtx_destroy(mtx_t *m)
{
    pthread_mutex_destroy((pthread_mutex_t *)m);
}

int cnd_init(cnd_t *c)
{
    return result(pthread_cond_init((pthread_cond_t *)c, NULL));
}

int cnd_signal(cnd_t *c)
{
    return result(pthread_cond_signal((pthread_cond_t *)c));
}

int cnd_broadcast(cnd_t *c)
{
    return result(pthread_cond_broadcast((pthread_cond_t *)c));
}

int cnd_wait(cnd_t *c, mtx_t *m)
{
    return result(pthread_cond_wait((pthread_cond_t *)c, (pthread_mutex_t *)m));
}

int cnd_timedwait(cnd_t *restrict c, mtx_t *restrict m, const struct timespec *restrict until)
{
    return result(pthread_cond_timedwait((pthread_cond_t *)c, (pthread_mutex_t *)m, until));
}

void cnd_destroy(cnd_t *c)
{
    pthread_cond_destroy((pthread_cond_t *)c);
}
