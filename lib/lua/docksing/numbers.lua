--- Numbers as text.
local numbers = {}

--- The shortest text that reads back equal, as a config writes it: `0.1`, `1.0`, `1e-05`, `0.30000000000000004`. It
--- becomes part of environments and names, so it must be one text for one number.
---@param number number
---@return string
function numbers.shortest(number)
    if math.type(number) == "integer" then return tostring(number) end
    if number ~= number or number == math.huge or number == -math.huge then return tostring(number) end
    local whole = math.tointeger(number)
    if whole and math.abs(number) < 1e16 then
        return (number == 0 and 1 / number < 0 and "-0" or tostring(whole)) .. ".0"
    end
    -- The smallest numbers have fewer digits than others.
    for digits = math.abs(number) < 2.3e-308 and 1 or 15, 17 do
        local text = ("%%.%dg"):format(digits):format(number)
        if tonumber(text) == number then return text end
    end
    return ("%.17g"):format(number)
end

--- A number for people, of at most six digits that count.
---@param number number
---@return string
function numbers.brief(number)
    if math.type(number) == "integer" then return tostring(number) end
    return ("%.6g"):format(number)
end

--- A number with so many digits that count. What `exp` and `log` give may differ in its last bits between machines;
--- what is left after this does not.
---@param number number
---@param digits integer
---@return number
function numbers.rounded(number, digits)
    return tonumber(("%%.%dg"):format(digits):format(number)) + 0.0
end

--- Whether a text is a number as a config or a table of data would have it: decimal, and no identifier like `007`.
---@param text string
---@return boolean
function numbers.is_number(text)
    local digits = text:match "^[+-]?(%d*)"
    if #digits > 1 and digits:sub(1, 1) == "0" then return false end
    if not text:find "^[+-]?%d*%.?%d*[eE]?[+-]?%d*$" or not text:find "%d" then return false end
    return tonumber(text) ~= nil
end

return numbers
