with

mobilities as (

    select * from {{ ref('fct_open_mobility') }}

),

periods as (

    select * from {{ ref('mart_open_data__year') }}

),

purposes as (

    select * from {{ ref('purpose') }}

),

{{ stays_by_year_and_purpose() }}

select * from final
