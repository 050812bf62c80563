#include "event/category.h"

const struct text category_names[CATEGORY_COUNT] = {
#define X(symbol, name) [CATEGORY_##symbol] = {name, sizeof(name) - 1},
    COST_CATEGORIES(X)
#undef X
};

enum cost_category category_find(struct text name)
{
    for (int c = 0; c < CATEGORY_OTHER; c++) {
        if (text_equal(category_names[c], name)) {
            return (enum cost_category)c;
        }
    }
    return CATEGORY_OTHER;
}
