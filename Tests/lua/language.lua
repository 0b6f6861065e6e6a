-- The language itself: numbers, strings, closures, metatables, goto, errors.
print(1, 1.0, -0.0, 1e15, 1e16, 2^53, 2^63, math.mininteger, 0x7fffffffffffffff + 1, 1e308 * 10, -(0/0) ~= 0/0)
print(7 // 2, 7.0 // 2, -7 // 2, 7 % -3, -7 % 3, 7.5 % 2, 1 / 3, 3 | 4, ~0, 1 << 63, 1 << 64, "10" + 5, "0x10" * 1)
print(pcall(function() return 1 // 0 end), 1 // 0.0, pcall(function() return 1 < "2" end))
print(#"a\0b", "\u{10FFFF}" == "\xF4\x8F\xBF\xBF", "\z
      x", 'a\
b', [==[
]]]==])
local function counter() local n = 0 return function() n = n + 1 return n end end
local a, b = counter(), counter()
print(a(), a(), b())
for i = 3, 1, -1 do if i == 2 then goto continue end io.write(i, " ") ::continue:: end print()
local vector = setmetatable({}, { __call = function(_, ...) return select("#", ...) end, __len = function() return 42 end,
    __concat = function(x, y) return type(x) .. type(y) end, __lt = function() return true end, __unm = function() return "neg" end,
    __eq = function() return true end, __close = function() print("closed") end, __tostring = function() return "vector" end })
print(vector(1, nil, nil), #vector, vector .. 1, 1 .. vector, vector < 1, -vector, vector == setmetatable({}, getmetatable(vector)))
do local v <close> = vector end
local c <const> = 5
print(c, select(-1, 1, 2, 3), table.unpack({ 1, 2, nil, 4 }, 1, 4))
print(pcall(error, setmetatable({}, { __tostring = function() return "E" end })))
print(xpcall(function() local x = nil; return x.y.z end, function(m) return "handled: " .. m end))
print(select("#", pcall(error)), load("x ="), load("return 1", "n", "b"))
print(string.format("%q %q %q", 1 / 3, "a\n\0\"", math.mininteger), tostring(nil), tostring(1e100))
