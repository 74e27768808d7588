with

countries as (

    select * from {{ ref('country') }}

),

other_spellings as (

    select * from {{ ref('country_spelling') }}

),

spellings as (

    select
        lower(country_code) as spelling,
        country_code
    from countries
    union
    select
        lower(name_en) as spelling,
        country_code
    from countries
    union
    select
        lower(name_nb) as spelling,
        country_code
    from countries
    union
    select
        lower(spelling) as spelling,
        country_code
    from other_spellings

)

select * from spellings
