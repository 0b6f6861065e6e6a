--- Names of points: good file names everywhere, that depend on nothing but the point's own values. A value that would
--- make a bad file name is replaced, or cut, and a hash of the whole then keeps the name apart from others.
local numbers = require "docksing.numbers"

local names = {}

--- The longest name: file systems take 255 bytes, and others put something before and after it.
names.limit = 120

--- A value as text, as the container gets it.
---@param value any
---@return string
function names.text(value)
    return type(value) == "number" and numbers.shortest(value) or tostring(value)
end

--- Twelve hexadecimal digits that depend on every byte: FNV-1a of 64 bits, twice mixed, its upper 48.
---@param text string
---@return string
function names.hash(text)
    local hash = 0xcbf29ce484222325
    for index = 1, #text do hash = (hash ~ text:byte(index)) * 0x100000001b3 end
    -- FNV alone changes its upper bits little for the last letters.
    hash = (hash ~ (hash >> 32)) * 0x2545f4914f6cdd1d
    hash = hash ~ (hash >> 29)
    return ("%016x"):format(hash):sub(1, 12)
end

--- The name of a point: `LR=0.1,SEED=2`.
---@param order string[] the parameters, in order
---@param texts table<string, string> their values
---@return string
function names.of(order, texts)
    local exact, safe, changed = {}, {}, false
    for _, name in ipairs(order) do
        local text = texts[name]
        if text then
            exact[#exact + 1] = name .. "=" .. text
            local plain, count = text:gsub("[^%w._+-]+", "_")
            changed = changed or count > 0
            safe[#safe + 1] = name .. "=" .. plain
        end
    end
    if #exact == 0 then return "point" end
    local name = table.concat(safe, ",")
    if not changed and #name <= names.limit then return name end
    -- What joins the parts of the hashed text is in no value, so that no two points have one text.
    return name:sub(1, names.limit - 13) .. "~" .. names.hash(table.concat(exact, "\0"))
end

return names
