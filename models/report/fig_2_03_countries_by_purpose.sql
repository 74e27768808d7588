with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

countries as (

    select * from {{ ref('dim_country') }}

),

purposes as (

    select * from {{ ref('purpose') }}

),

{{ countries_by_purpose() }}

select * from final
