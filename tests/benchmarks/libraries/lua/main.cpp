// The interpreter as a C++ library: runs a chunk, calls back into C++, catches an error.
#include <cstdio>

#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

static int twice(lua_State* state) {
  lua_pushnumber(state, 2 * luaL_checknumber(state, 1));
  return 1;
}
int main() {
  lua_State* state = luaL_newstate();
  luaL_openlibs(state);
  lua_register(state, "twice", twice);
  const char* chunk = R"lua(
    local t = {}
    for i = 1, 5 do t[#t + 1] = twice(i) end
    print(table.concat(t, ","), #t, string.format("%5.2f|%q", math.pi, "a\nb"))
    local co = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 end)
    print(co(1), co(10))
    print(string.gsub("hello world", "o(%s?)", "<%1>"),
      utf8.len("äö"), 7 // 2, 7 % -3, 1 << 40)
    local object = setmetatable({}, {__index = function(_, k) return k .. "!" end,
      __close = function() print "closed" end})
    do local x <close> = object print(x.name) end
    print((pcall(error, {code = 1})), select("#", table.unpack({1, nil, 3}, 1, 3)),
      os.time{year=2020,month=1,day=1,hour=12} > 0)
    return load("return ...")(42)
  )lua";
  if (luaL_loadstring(state, chunk) || lua_pcall(state, 0, 1, 0))
    std::printf("error %s\n", lua_tostring(state, -1));
  std::printf("%lld\n", (long long)lua_tointeger(state, -1));
  if (luaL_dostring(state, "local x = nil; x.y = 1")) std::printf("%s\n", lua_tostring(state, -1));
  lua_close(state);
}
