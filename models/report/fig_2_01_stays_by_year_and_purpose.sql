with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

purposes as (

    select * from {{ ref('purpose') }}

),

{{ stays_by_year_and_purpose() }}

select * from final
