/* Preloaded into a process of cubed: from SIGUSR1 on the program itself gets no more memory. Its libraries do: librdkafka ends
 * the process when it gets none. Built by chaos/limits_test.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define REAL(type, name) ((type)(real_##name ? real_##name : (real_##name = dlsym(RTLD_NEXT, #name))))

static void *real_malloc, *real_calloc, *real_realloc;
static uintptr_t code_from, code_to;
static atomic_bool armed;

/* The first object is the program. */
static int code_find(struct dl_phdr_info *o, size_t size, void *arg)
{
    (void)size;
    (void)arg;
    for (int i = 0; i < o->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &o->dlpi_phdr[i];
        if (p->p_type == PT_LOAD && p->p_flags & PF_X) {
            code_from = o->dlpi_addr + p->p_vaddr;
            code_to = code_from + p->p_memsz;
        }
    }
    return 1;
}

static void arm(int number)
{
    (void)number;
    atomic_store(&armed, 1);
}

__attribute__((constructor)) static void begin(void)
{
    struct sigaction a = {.sa_handler = arm, .sa_flags = SA_RESTART};
    dl_iterate_phdr(code_find, NULL);
    sigaction(SIGUSR1, &a, NULL);
}

static int refused(const void *caller)
{
    return atomic_load(&armed) && (uintptr_t)caller - code_from < code_to - code_from;
}

void *malloc(size_t n)
{
    return refused(__builtin_return_address(0)) ? NULL : REAL(void *(*)(size_t), malloc)(n);
}

void *calloc(size_t count, size_t n)
{
    return refused(__builtin_return_address(0)) ? NULL : REAL(void *(*)(size_t, size_t), calloc)(count, n);
}

void *realloc(void *at, size_t n)
{
    return refused(__builtin_return_address(0)) ? NULL : REAL(void *(*)(void *, size_t), realloc)(at, n);
}
